DELETE FROM notes WHERE rowid = 7;
DELETE FROM notes WHERE rowid = 8;
