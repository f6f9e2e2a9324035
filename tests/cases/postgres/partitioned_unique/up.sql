ALTER TABLE events ADD CONSTRAINT events_u UNIQUE (at, kind);
ALTER TABLE events DROP CONSTRAINT events_pkey;
