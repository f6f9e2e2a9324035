UPDATE numbers SET square = 0 WHERE n = 10400;
