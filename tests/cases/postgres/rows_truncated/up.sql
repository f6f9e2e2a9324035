TRUNCATE places;
