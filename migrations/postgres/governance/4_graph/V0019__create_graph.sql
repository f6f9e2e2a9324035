-- schemactl: requires = "extension age"

-- The graph beside core's tables, for questions that follow many edges. Where the server has no AGE this is skipped,
-- and the next `up` after AGE was installed applies it.
--
-- A graph is a schema of the same name to AGE: that is why the history of this database is in governance_history.
CREATE EXTENSION IF NOT EXISTS age;

-- Not preloaded everywhere; only a superuser may load it from elsewhere than $libdir/plugins.
LOAD 'age';

-- AGE finds the operators of its own indexes by the search path.
SET LOCAL search_path = ag_catalog, pg_catalog;

SELECT create_graph('governance');

-- The first edge or vertex would make its label by itself. Made here, a query for a label that has none yet is no
-- error.
SELECT create_vlabel('governance', 'Agent');
SELECT create_vlabel('governance', 'Discovery');
SELECT create_vlabel('governance', 'Tag');
SELECT create_vlabel('governance', 'DialecticSession');
SELECT create_vlabel('governance', 'DialecticMessage');

SELECT create_elabel('governance', 'SPAWNED');
SELECT create_elabel('governance', 'HAS_TAG');
SELECT create_elabel('governance', 'RELATED_TO');
SELECT create_elabel('governance', 'RESPONSE_TO');
SELECT create_elabel('governance', 'PAUSED_AGENT');
SELECT create_elabel('governance', 'REVIEWER');
SELECT create_elabel('governance', 'HAS_MESSAGE');
SELECT create_elabel('governance', 'WROTE');
