DROP VIEW waiting;
