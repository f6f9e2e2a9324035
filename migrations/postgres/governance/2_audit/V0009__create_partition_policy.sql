-- How long each table keeps its months. A view, not a table: how long an audit trail is kept is reviewed as code is, and
-- changes by a migration that replaces this, not by an UPDATE that nobody sees.
--
-- parent: a table of this schema, partitioned by month of its column ts.
-- grace_days: how long a month that was detached can still be archived, or attached again.
-- premake_months: several, so that maintenance can fail for weeks before a row lands in the default partition.
CREATE VIEW audit.partition_policy (parent, retention_days, grace_days, premake_months) AS
    VALUES ('events'::text, 180, 30, 3), ('tool_usage', 90, 30, 3);
