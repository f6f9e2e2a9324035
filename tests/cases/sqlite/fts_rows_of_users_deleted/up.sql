DELETE FROM notes WHERE body LIKE 'x%';
