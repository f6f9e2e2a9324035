CREATE INDEX events_body ON events USING gin (body);
DROP INDEX events_kind_idx;
