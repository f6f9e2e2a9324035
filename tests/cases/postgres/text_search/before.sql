-- include shop.sql
CREATE TEXT SEARCH CONFIGURATION ts (COPY = simple);
