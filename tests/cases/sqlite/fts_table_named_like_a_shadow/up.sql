DROP TABLE notes_fts_config;
