DELETE FROM notes WHERE rowid = 7 AND title = 'Welcome' AND body = 'It works';
DELETE FROM notes WHERE rowid = 8 AND title = 'Help' AND body = 'Ask';
