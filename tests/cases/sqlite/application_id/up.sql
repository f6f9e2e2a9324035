PRAGMA application_id = 6;
