-- What trigram indexes are on PostgreSQL. LIKE with a pattern of three letters or more anywhere is answered from it.
-- The text itself stays in projects alone (an external content table).
CREATE VIRTUAL TABLE projects_search USING fts5 (
    name, description, content = 'projects', content_rowid = 'id', tokenize = 'trigram'
);

-- An external content table is told of each change, with the values that were there before.
CREATE TRIGGER project_search_insert AFTER INSERT ON projects
BEGIN
    INSERT INTO projects_search (rowid, name, description) VALUES (NEW.id, NEW.name, NEW.description);
END;

CREATE TRIGGER project_search_update AFTER UPDATE OF id, name, description ON projects
BEGIN
    INSERT INTO projects_search (projects_search, rowid, name, description)
    VALUES ('delete', OLD.id, OLD.name, OLD.description);
    INSERT INTO projects_search (rowid, name, description) VALUES (NEW.id, NEW.name, NEW.description);
END;

CREATE TRIGGER project_search_delete AFTER DELETE ON projects
BEGIN
    INSERT INTO projects_search (projects_search, rowid, name, description)
    VALUES ('delete', OLD.id, OLD.name, OLD.description);
END;

-- What was written before there were triggers.
INSERT INTO projects_search (projects_search) VALUES ('rebuild');
