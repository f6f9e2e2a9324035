-- By hand: the labels are tables that belong to AGE's own catalog, and are dropped by AGE alone.
-- schemactl: verdict = lossy
-- schemactl: loses = other: the graph governance with its vertices and edges; core's tables have the same facts

LOAD 'age';

SET LOCAL search_path = ag_catalog, pg_catalog;

SELECT drop_graph('governance', true);

-- The extension goes only where no other graph needs it, and with it the schema: CREATE EXTENSION makes that, and
-- DROP EXTENSION leaves it.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM ag_catalog.ag_graph) THEN
        DROP EXTENSION age;
        DROP SCHEMA ag_catalog;
    END IF;
END
$$;
