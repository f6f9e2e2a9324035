-- schemactl: requires = "extension age"

-- The graph beside core's tables, for questions that follow many edges. Where the server has no AGE this is skipped,
-- and the next `up` after AGE was installed applies it.
--
-- A graph is a schema of the same name to AGE: that is why the history of this database is in governance_history.
CREATE EXTENSION IF NOT EXISTS age;

-- Not preloaded everywhere; only a superuser may load it from elsewhere than $libdir/plugins.
LOAD 'age';

SELECT ag_catalog.create_graph('governance');

-- The first edge or vertex would make its label by itself. Made here, a query for a label that has none yet is no
-- error.
SELECT ag_catalog.create_vlabel('governance', 'Agent');
SELECT ag_catalog.create_vlabel('governance', 'Discovery');
SELECT ag_catalog.create_vlabel('governance', 'Tag');
SELECT ag_catalog.create_vlabel('governance', 'DialecticSession');
SELECT ag_catalog.create_vlabel('governance', 'DialecticMessage');

SELECT ag_catalog.create_elabel('governance', 'SPAWNED');
SELECT ag_catalog.create_elabel('governance', 'HAS_TAG');
SELECT ag_catalog.create_elabel('governance', 'RELATED_TO');
SELECT ag_catalog.create_elabel('governance', 'RESPONSE_TO');
SELECT ag_catalog.create_elabel('governance', 'PAUSED_AGENT');
SELECT ag_catalog.create_elabel('governance', 'REVIEWER');
SELECT ag_catalog.create_elabel('governance', 'HAS_MESSAGE');
SELECT ag_catalog.create_elabel('governance', 'WROTE');
