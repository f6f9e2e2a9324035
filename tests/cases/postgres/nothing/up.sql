INSERT INTO customers (email, name) VALUES ('z@z', 'Zed');
