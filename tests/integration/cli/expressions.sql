-- What people write in checks, defaults, generated columns, predicates, views, policies, triggers, rules and functions.
CREATE SCHEMA checks;
SET search_path = checks;
CREATE TYPE mood AS ENUM ('sad','ok','happy');
CREATE DOMAIN code AS varchar(5) CHECK (VALUE IN ('a','b') OR VALUE BETWEEN 'c' AND 'd' AND VALUE <> 'x');
CREATE DOMAIN pos AS integer DEFAULT 1 CHECK (VALUE > 0);
CREATE TABLE t (
 id integer PRIMARY KEY, a integer, b bigint, c char(3), v varchar(10), s text, n numeric(9,2), d date, ts timestamp, tz timestamptz, i interval, j jsonb, m mood, p pos, cd code, arr integer[], varr varchar(5)[], r real, dp double precision, bo boolean, u uuid, ip inet, x xml, bt bytea, ti time, rg int4range,
 CONSTRAINT c01 CHECK (v IN ('a','b')),
 CONSTRAINT c02 CHECK (v NOT IN ('a','b')),
 CONSTRAINT c03 CHECK (a BETWEEN SYMMETRIC 1 AND 5),
 CONSTRAINT c04 CHECK (a NOT BETWEEN 1 AND 5),
 CONSTRAINT c05 CHECK (a IS DISTINCT FROM b),
 CONSTRAINT c06 CHECK (a IS NOT DISTINCT FROM 5 AND v IS NOT DISTINCT FROM 'x'),
 CONSTRAINT c07 CHECK (s COLLATE "C" > 'a'),
 CONSTRAINT c08 CHECK (v COLLATE "C" IN ('a','b')),
 CONSTRAINT c09 CHECK (a = ANY (ARRAY[1,2]::bigint[])),
 CONSTRAINT c10 CHECK (v = ANY (ARRAY['a','b']::text[])),
 CONSTRAINT c11 CHECK (v = ANY ('{a,b}')),
 CONSTRAINT c12 CHECK (c IN ('a','b')),
 CONSTRAINT c13 CHECK (m IN ('sad','ok')),
 CONSTRAINT c14 CHECK (m::text IN ('sad','ok')),
 CONSTRAINT c15 CHECK (n > 1.5 AND n < 1e10 AND n <> -3),
 CONSTRAINT c16 CHECK (a > -1 AND -a < 5 AND a - (-1) > 0 AND a - -1 > 0),
 CONSTRAINT c17 CHECK (d > '2020-01-01' AND d < date '2030-01-01' + interval '1 day'),
 CONSTRAINT c18 CHECK (ts > '2020-01-01 10:00' AND tz > '2020-01-01 10:00+02'),
 CONSTRAINT c19 CHECK (i > interval '1 day 2 hours' AND i < interval '3' day AND i <> '1 mon'),
 CONSTRAINT c20 CHECK (j @? '$.a[*] ? (@ > 1)' AND j #>> '{a,b}' = 'x' AND j->>'a' IN ('x','y')),
 CONSTRAINT c21 CHECK ((a, b) < (1, 2) AND (a,b) IN ((1,2),(3,4)) AND ROW(a,v) IS NOT NULL),
 CONSTRAINT c22 CHECK (EXTRACT(year FROM d) > 2000 AND date_part('month', d) > 1 AND extract(epoch from i) > 1),
 CONSTRAINT c23 CHECK (CASE WHEN a > 1 THEN v IN ('a') WHEN a < 0 THEN true ELSE false END),
 CONSTRAINT c24 CHECK (CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'y' END = v),
 CONSTRAINT c25 CHECK (coalesce(v, s, 'x') <> '' AND nullif(a, 1) > 0 AND greatest(a, b, 1) > least(1, a)),
 CONSTRAINT c26 CHECK (v LIKE 'a%' OR v NOT LIKE 'b\_%' ESCAPE '\' OR v ILIKE 'x' OR s SIMILAR TO 'a|b' OR s ~ '^a' OR s !~* 'b'),
 CONSTRAINT c27 CHECK (trim(v) <> '' AND trim(leading 'x' from s) <> '' AND substring(s from 1 for 2) = 'ab' AND substring(s from 'a.') = 'x' AND position('a' in s) > 0 AND overlay(s placing 'x' from 1) <> ''),
 CONSTRAINT c28 CHECK ((bo AND a > 1) OR (NOT bo AND a < 1) OR bo IS NULL OR bo IS UNKNOWN OR bo IS NOT TRUE),
 CONSTRAINT c29 CHECK (NOT (a > 1 AND b > 1) AND NOT (a = 1 OR (b = 1 OR c = 'a'))),
 CONSTRAINT c30 CHECK (((a > 1 AND b > 1) AND c = 'x') AND (d IS NULL AND (ts IS NULL AND tz IS NULL))),
 CONSTRAINT c31 CHECK (p > 1 AND p + 1 > 2 AND cd IN ('a','b') AND cd = 'a'::code),
 CONSTRAINT c32 CHECK (arr[1] > 0 AND arr[1:2] = '{1,2}' AND arr <@ ARRAY[1,2,3] AND array_length(arr,1) > 1 AND varr <@ ARRAY['a','b']::varchar[] AND varr && ARRAY['a','b']::varchar(5)[]),
 CONSTRAINT c33 CHECK (r > 1.5 AND dp > 1.5 AND dp <> 'NaN' AND r = 'Infinity'::real),
 CONSTRAINT c34 CHECK (u <> '00000000-0000-0000-0000-000000000000' AND ip << inet '10.0.0.0/8'),
 CONSTRAINT c35 CHECK (x IS DOCUMENT),
 CONSTRAINT c36 CHECK (bt <> '\x00' AND bt <> E'\\x01'::bytea),
 CONSTRAINT c37 CHECK ((d, d + 1) OVERLAPS (d - 1, d) AND ti > '10:00' AND ti AT TIME ZONE 'UTC' IS NOT NULL AND (tz AT TIME ZONE 'UTC') > ts),
 CONSTRAINT c38 CHECK (rg @> 5 AND rg && '[1,5)' AND rg <> int4range(1,2)),
 CONSTRAINT c39 CHECK (a::text = v AND v::integer = a AND CAST(a AS varchar(3)) = 'x' AND (a::numeric(5,1))::text <> v AND v::varchar(5)::text <> ''),
 CONSTRAINT c40 CHECK (a IN (1) AND v IN ('a') AND a = ALL (ARRAY[1,2]) AND v <> ALL (ARRAY['a','b'])),
 CONSTRAINT c41 CHECK (a % 2 = 0 AND a ^ 2 > 3 AND |/ a > 1 AND a & 1 = 1 AND @ a > 0 AND a # 3 = 1 AND ~a = 1 AND a << 1 > 2),
 CONSTRAINT c42 CHECK (s IS NORMALIZED AND s IS NFKC NORMALIZED AND normalize(s) = s),
 CONSTRAINT c43 CHECK (b IN (1,2) AND n IN (1,2.5) AND r IN (1,2) AND dp IN (1.5, 2)),
 CONSTRAINT c44 CHECK (v || 'x' IN ('a','b') AND lower(v) IN ('a','b') AND lower(c) IN ('a') AND c || 'x' IN ('a','b')),
 CONSTRAINT c45 CHECK (v = ANY (ARRAY['a', s]) AND v IN ('a', s)  AND s IN (v, 'b') AND c IN (v, s)),
 CONSTRAINT c46 CHECK (d IN ('2020-01-01','2021-01-01') AND i IN ('1 day', '2 days') AND u IN ('00000000-0000-0000-0000-000000000000')),
 CONSTRAINT c47 CHECK (a > 0 IS TRUE AND (a > 0) = (b > 0) AND (a IS NULL) <> (b IS NULL) AND num_nonnulls(a, b) = 1),
 CONSTRAINT c48 CHECK (v::char(3) IN ('a','b') AND s::"char" = 'x' AND s::name = 'y' AND v::text COLLATE "C" = ANY(ARRAY['a'::varchar, 'b'])),
 CONSTRAINT c49 CHECK (a BETWEEN 1 AND 5 AND b BETWEEN 1 AND 5 OR c BETWEEN 'a' AND 'b' OR NOT (n BETWEEN 1 AND 2)),
 CONSTRAINT c50 CHECK (a BETWEEN SYMMETRIC 5 AND 1 OR a NOT BETWEEN SYMMETRIC 1 AND 2 AND b > 1),
 CONSTRAINT c51 CHECK ((a > 1 OR b > 1) OR c = 'x' OR (d IS NULL OR ts IS NULL)),
 CONSTRAINT c52 CHECK ('x' = v AND 1 < a AND NULL::text IS DISTINCT FROM v AND v = NULL AND (NULL)::integer IS NULL),
 CONSTRAINT c53 CHECK (current_date > d AND tz < now() AND current_user <> s AND localtimestamp > ts AND CURRENT_TIMESTAMP(3) > tz),
 CONSTRAINT c54 CHECK (varr = ARRAY[]::varchar[] OR arr = '{}' OR arr = ARRAY[]::integer[] OR ARRAY[[1,2],[3,4]] = arr::int[] OR ARRAY[v::text, s] = ARRAY[s]::text[]),
 CONSTRAINT c55 CHECK (row(a, b)::text <> '' AND (ROW(1,2)) = ROW(a,b) AND format('%s', VARIADIC ARRAY[v, s]) <> ''),
 CONSTRAINT c56 CHECK (v = 'a'::varchar(10) AND v <> ('b'::varchar)::text AND s = 'x'::varchar AND (v)::varchar(3) IN ('a','b')),
 CONSTRAINT c57 CHECK (n = 1::numeric(9,2) AND n IN (1::numeric, 2) AND a IN (1::smallint, 2) AND b = 5::smallint AND 2147483648 > b AND -2147483648 < b AND a > (-5)::smallint),
 CONSTRAINT c58 CHECK (m > 'sad' AND m = ANY (enum_range(NULL::mood)) AND m = ANY (ARRAY['sad','ok']::mood[])),
 CONSTRAINT c59 CHECK (j ? 'a' AND j ?& ARRAY['a','b'] AND jsonb_typeof(j) IN ('object','array') AND j['a'] IS NOT NULL AND (j->'a')::int > 1),
 CONSTRAINT c60 CHECK (make_interval(days => 5) < i AND date_trunc('day', ts) = ts)
);
CREATE TABLE dflt (a text DEFAULT 'x', b varchar(5) DEFAULT 'y', c timestamptz DEFAULT now() + interval '1 day', d integer DEFAULT -1, e bigint DEFAULT 5, f numeric(4,2) DEFAULT 1.5, g text[] DEFAULT ARRAY['a','b'], h varchar(5)[] DEFAULT ARRAY['a','b'], i varchar(5)[] DEFAULT '{}', j jsonb DEFAULT '{"a": 1}', k mood DEFAULT 'ok', l date DEFAULT current_date, m timestamp DEFAULT (now() AT TIME ZONE 'utc'), n interval DEFAULT '1 day', o boolean DEFAULT (1 > 0 AND 2 > 1 AND (3 > 2)), p text DEFAULT CASE WHEN 1 IN (1,2) THEN 'a' ELSE lower('B') END, q text DEFAULT concat('a', 'b')::varchar(1), r "char" DEFAULT 'a', s bit(3) DEFAULT B'101', t double precision DEFAULT '-Infinity', u real DEFAULT 1e-5, v char(2) DEFAULT 'a', w numeric[] DEFAULT ARRAY[1, 2.5], x bigint[] DEFAULT ARRAY[1,2], y text DEFAULT current_user, z code DEFAULT 'a',
 g1 integer GENERATED ALWAYS AS (d + 1) STORED, g2 text GENERATED ALWAYS AS (CASE WHEN b IN ('a','b') THEN b || 'x' ELSE a END) STORED, g3 boolean GENERATED ALWAYS AS (d BETWEEN 1 AND 5 AND e > 1) STORED, g4 tsvector GENERATED ALWAYS AS (to_tsvector('english', coalesce(a, '') || ' ' || coalesce(b, ''))) STORED);
CREATE INDEX i1 ON t (lower(v), (a + 1), (v || s) text_pattern_ops, (CASE WHEN v IN ('a','b') THEN 1 END)) WHERE v IN ('a','b') AND a BETWEEN 1 AND 5 AND bo;
CREATE INDEX i2 ON t (coalesce(v, 'x')) WHERE (v)::text <> ALL (ARRAY['a','b']) AND NOT bo AND c <> 'x';
CREATE INDEX i3 ON t ((j->>'a')) WHERE j->>'b' IN ('x') OR (j @> '{"a":1}');
CREATE VIEW v1 AS SELECT t.a, t.v FROM t WHERE v IN ('a','b') AND a BETWEEN 1 AND 5 AND bo;
CREATE SCHEMA views;
SET search_path = views;
CREATE TYPE mood AS ENUM ('sad','ok','happy');
CREATE TABLE a (id integer PRIMARY KEY, x integer, v varchar(10), d date, bo boolean, j jsonb, arr integer[], m mood, ts timestamptz);
CREATE TABLE b (id integer PRIMARY KEY, a_id integer REFERENCES a, x integer, v varchar(10), n numeric(9,2), u text);
CREATE TABLE c (id integer PRIMARY KEY, x integer, v varchar(20));
CREATE VIEW v02 AS SELECT id, x, count(*) FROM a JOIN b USING (id, x) GROUP BY id, x;
CREATE VIEW v03 AS SELECT * FROM a NATURAL JOIN c;
CREATE VIEW v04 AS SELECT a.id AS i, b.* FROM a LEFT JOIN b ON a.id = b.a_id AND b.v IN ('a','b') WHERE a.x BETWEEN 1 AND 5 AND b.x IS NOT NULL;
CREATE VIEW v05 AS SELECT id, x FROM a FULL JOIN b USING (id, x) JOIN c USING (id, x);
CREATE VIEW v06 AS SELECT j.id, j.x FROM (a JOIN b USING (id, x)) AS j;
CREATE VIEW v07 AS SELECT a.id, b.id AS b_id FROM a JOIN b USING (id) AS k WHERE k.id > 1;
CREATE VIEW v08 AS SELECT DISTINCT ON (x) id, x FROM a ORDER BY x, id DESC NULLS LAST;
CREATE VIEW v09 AS SELECT x, v, count(*), grouping(x) FROM a GROUP BY GROUPING SETS ((x), (v), ()) HAVING count(*) BETWEEN 1 AND 5;
CREATE VIEW v10 AS SELECT x, sum(id) OVER w, row_number() OVER (PARTITION BY v ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM a WINDOW w AS (PARTITION BY x ORDER BY d RANGE BETWEEN interval '1 day' PRECEDING AND UNBOUNDED FOLLOWING);
CREATE VIEW v11 AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 10) SELECT n FROM r;
CREATE VIEW v12 AS WITH q AS MATERIALIZED (SELECT * FROM a WHERE v IN ('a','b')), p AS NOT MATERIALIZED (SELECT id FROM q) SELECT q.*, p.id AS pid FROM q, p;
CREATE VIEW v13 AS SELECT a.id, l.* FROM a, LATERAL (SELECT b.x AS bx, b.v FROM b WHERE b.a_id = a.id ORDER BY b.x LIMIT 1) l;
CREATE VIEW v14 AS VALUES (1, 'a'), (2, 'b');
CREATE VIEW v15 (one, two) AS SELECT 1, 'x' UNION SELECT 2, 'y' UNION ALL (SELECT 3, 'z' EXCEPT SELECT 4, 'w') ORDER BY 1;
CREATE VIEW v16 AS SELECT id FROM a WHERE id IN (SELECT a_id FROM b WHERE b.v IN ('a','b')) AND EXISTS (SELECT 1 FROM c WHERE c.id = a.id) AND x > ALL (SELECT x FROM c) AND (id, x) IN (SELECT id, x FROM b) AND NOT EXISTS (SELECT FROM b WHERE b.id = a.id);
CREATE VIEW v18 AS SELECT a, a.*, row_to_json(a) FROM a;
CREATE VIEW v19 AS SELECT 'x' AS lit, NULL AS nul, 1.0 AS n, 'a'::varchar(3) AS vc, date '2020-01-01' AS d, interval '1' month AS i, true AS t, 'ok'::mood AS m, B'1' AS bit, E'a\nb' AS e, U&'\0041' AS u;
CREATE VIEW v20 AS SELECT string_agg(v, ',' ORDER BY v DESC) FILTER (WHERE x > 1), array_agg(DISTINCT x), percentile_cont(0.5) WITHIN GROUP (ORDER BY x), count(DISTINCT v), json_object_agg(id, v) FROM a;
CREATE VIEW v21 AS SELECT f.*, g FROM a, unnest(arr) WITH ORDINALITY AS f(el, nr), generate_series(1, x) g;
CREATE VIEW v22 AS SELECT * FROM ROWS FROM (generate_series(1,2), generate_series(1,3)) AS t(p, q);
CREATE VIEW v23 AS SELECT * FROM jsonb_to_record('{"a":1}') AS r(a integer, b varchar(5));
CREATE VIEW v24 AS SELECT id FROM a TABLESAMPLE BERNOULLI (10) REPEATABLE (1);
CREATE VIEW v25 AS SELECT id FROM ONLY a WHERE ts AT TIME ZONE 'UTC' > '2020-01-01' FOR UPDATE OF a SKIP LOCKED;
CREATE VIEW v26 AS SELECT CASE v WHEN 'a' THEN 1 WHEN 'b' THEN 2 ELSE 3 END AS c, CASE WHEN v IN ('a','b') AND x BETWEEN 1 AND 2 THEN d END, coalesce(v, 'x') AS co, nullif(v, '') AS nu FROM a;
CREATE VIEW v28 AS SELECT x FROM a GROUP BY x HAVING bool_and(bo) LIMIT 5 OFFSET 2;
CREATE VIEW v29 AS SELECT x FROM a ORDER BY x FETCH FIRST 3 ROWS WITH TIES;
CREATE VIEW v30 AS SELECT xmlelement(name foo, xmlattributes(id AS bar), v), xmlforest(id, v AS w), xmlconcat('<a/>', '<b/>'), x IS NOT NULL FROM a;
CREATE VIEW v31 AS SELECT t.* FROM xmltable('/r' PASSING '<r><a>1</a></r>' COLUMNS a integer PATH 'a' NOT NULL DEFAULT 1, n FOR ORDINALITY) t;
CREATE VIEW v33 AS SELECT id, v FROM a WHERE v::text = ANY (ARRAY['a','b']::text[]) UNION SELECT id, u FROM b WHERE u IN ('a', v);
CREATE VIEW v34 WITH (security_barrier) AS SELECT * FROM a WHERE x > 0 WITH LOCAL CHECK OPTION;
CREATE VIEW v35 AS SELECT a.x AS "select", a.v AS "Mixed Case", b.v AS v FROM a AS "A b", b, a WHERE "A b".id = b.id;
CREATE VIEW v36 AS SELECT s.k FROM (SELECT x AS k FROM a UNION SELECT x FROM b) s WHERE s.k BETWEEN 1 AND 3 AND s.k <> 2;
CREATE VIEW v38 AS SELECT id FROM a LEFT JOIN (b JOIN c USING (id)) USING (id);
CREATE VIEW v39 AS SELECT a.id, bb.v FROM a LEFT JOIN b AS bb(id, aa, xx, v, n, u) USING (id);
CREATE VIEW v40 AS SELECT -x AS a, - (-1) AS b, x - -1 AS c, +x AS d, 2 ^ -1 AS e, NOT bo AS f, (x > 1) IS TRUE AS g, x IS DISTINCT FROM 1 AS h FROM a;
CREATE VIEW v41 AS WITH s AS (SELECT 1 AS one) SELECT (SELECT one FROM s) AS sub, (WITH t AS (SELECT 2 AS two) SELECT two FROM t) AS nested;
CREATE MATERIALIZED VIEW mv1 AS SELECT id, v FROM a WHERE v IN ('a','b') ORDER BY v COLLATE "C";
CREATE VIEW v42 AS SELECT CURRENT_DATE AS c, now() - interval '1 day' AS n, LOCALTIME(0) AS l, current_schema() AS s, SESSION_USER AS u;
CREATE VIEW v43 AS SELECT overlay(v placing 'x' from 1 for 2) o, position('a' in v) p, substring(v from 1 for 2) s, substring(v similar 'a#"b#"c' escape '#') ss, trim(both 'x' from v) t, (d, d) overlaps (d, d) ov, normalize(v, nfc) nn, v COLLATE "C" cc, v is normalized isn FROM a;
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
CREATE POLICY p1 ON a USING (v IN ('a','b') AND x BETWEEN 1 AND 5 AND bo) WITH CHECK (id IN (SELECT id FROM b WHERE v = ANY (ARRAY['a','b'])));
CREATE POLICY p2 ON a FOR SELECT USING (EXISTS (SELECT 1 FROM b WHERE b.a_id = a.id AND b.v IN ('x','y')) OR current_setting('app.x', true) = v);
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t1 BEFORE UPDATE ON a FOR EACH ROW WHEN (OLD.v IS DISTINCT FROM NEW.v AND NEW.v IN ('a','b') AND NEW.x BETWEEN 1 AND 2) EXECUTE FUNCTION trg();
CREATE TRIGGER t2 BEFORE UPDATE ON a FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION trg();
CREATE RULE r1 AS ON INSERT TO c WHERE NEW.v IN ('a','b') AND NEW.x BETWEEN 1 AND 5 AND NEW.id > 0 DO ALSO INSERT INTO b (id, x, v) VALUES (NEW.id, NEW.x, NEW.v);
CREATE RULE r2 AS ON UPDATE TO c DO INSTEAD (UPDATE b SET v = NEW.v WHERE b.id = OLD.id AND b.v IN ('a','b'); DELETE FROM b WHERE x = OLD.x);
CREATE FUNCTION f1(p varchar DEFAULT 'x', q integer DEFAULT 1 + 2, r text[] DEFAULT ARRAY['a','b']::varchar[]) RETURNS boolean LANGUAGE sql RETURN p IN ('a','b') AND q BETWEEN 1 AND 5 AND true;
CREATE FUNCTION f2() RETURNS integer LANGUAGE sql BEGIN ATOMIC INSERT INTO b (id, v) SELECT id, v FROM a WHERE v IN ('a','b') AND x BETWEEN 1 AND 2 AND bo; UPDATE b SET (x, v) = (SELECT 1, 'x'); DELETE FROM b USING c WHERE b.id = c.id RETURNING b.id; SELECT count(*)::integer FROM b JOIN a USING (id); END;
CREATE FUNCTION f3(x integer, OUT y integer, OUT z text) LANGUAGE sql BEGIN ATOMIC INSERT INTO b AS bb (id, v) VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET v = excluded.v WHERE bb.v IN ('a','b'); SELECT x, 'z'; END;
CREATE STATISTICS st ON (lower(v)), (CASE WHEN v IN ('a','b') THEN 1 ELSE 0 END), x FROM a;
CREATE TABLE ex (r int4range, v varchar(5), EXCLUDE USING gist (r WITH &&) WHERE (v IN ('a','b') AND lower(r) BETWEEN 1 AND 5 AND v <> ''));
CREATE TABLE part (v varchar(5), d date) PARTITION BY LIST ((CASE WHEN v IN ('a','b') THEN 1 ELSE 2 END));
CREATE TABLE part1 PARTITION OF part FOR VALUES IN (1);
CREATE TABLE partr (v varchar(5), d date) PARTITION BY RANGE (d, lower(v));
CREATE TABLE partr1 PARTITION OF partr FOR VALUES FROM ('2020-01-01', MINVALUE) TO ('2021-01-01', 'a');
CREATE SCHEMA more;
SET search_path = more;
CREATE TABLE a (id integer PRIMARY KEY, x integer, v varchar(10), s text, d date, bo boolean, j jsonb, arr integer[], ts timestamptz, n numeric(5,2), ch char(4), b bigint, r real);
CREATE TABLE b (id integer PRIMARY KEY, a_id integer, xx integer, w varchar(10), s text);
CREATE VIEW w01 AS SELECT id FROM a WHERE EXISTS (SELECT 'x' FROM b WHERE b.id = a.id) AND 'a' IN (SELECT 'b') AND s IN (SELECT NULL) AND x IN (SELECT -1) AND d IN (SELECT DATE '2020-01-01') AND b IN (SELECT 5000000000) AND EXISTS (SELECT true) AND x = (SELECT 1.5) AND x = ANY (ARRAY(SELECT 1));
CREATE VIEW w02 AS SELECT (SELECT 'x') AS q, (SELECT 'x'), ARRAY(SELECT 'a' UNION SELECT 'b') AS r;
CREATE VIEW w03 AS SELECT s.* FROM (SELECT 'a', 1, NULL, -1) AS s(p, q, r, t);
CREATE VIEW w04 AS SELECT s.p FROM (SELECT 'a' AS p, v::text, x::bigint FROM a) s;
CREATE VIEW w05 AS SELECT x.* FROM (VALUES ('a', 1, NULL), ('b', -2, 1.5)) x(k, l, m);
CREATE VIEW w06 AS SELECT arr[1], arr[1:2] AS sl FROM a;
CREATE VIEW w07 AS SELECT (j->'a')->>'b' AS p, j['a'] AS q, (ROW(1, v)).f2 AS t FROM a;
CREATE VIEW w08 AS SELECT -x AS a, -(-1) AS b, x - -1 AS c, +x AS d, 2 ^ -1 AS e, NOT bo AS f, (x > 1) IS TRUE AS g, x IS DISTINCT FROM 1 AS h, -n AS i, (-1)::bigint AS k, -1::bigint AS l, - 1.5 AS m, (-5) % 3 AS o, -5 % 3 AS p, -2147483648 AS q, -9223372036854775808 AS r FROM a;
CREATE VIEW w09 AS SELECT a.v = b.w AS eq, a.v < b.s AS lt, a.v = ANY (string_to_array(b.s, ',')) AS an, a.v LIKE b.w || '%' AS li, a.x = ANY (a.arr) AS xx, (a.bo AND b.xx > 1) AND (a.x > 1 AND b.id > 1) AS bb, a.bo OR (a.x > 1 OR b.xx > 1) AS cc, (a.bo OR a.x > 1) OR (b.xx > 1 AND a.bo) AS dd, ((a.bo AND a.x > 1) AND b.xx > 1) AND a.bo AS ee FROM a CROSS JOIN b;
CREATE VIEW w10 AS SELECT ARRAY[v, 'x'] AS a1, ARRAY[x, 1.5] AS a2, ARRAY[[1,2],[3,4]]::bigint[] AS a3, ARRAY['a','b']::varchar(3)[] AS a4, ARRAY[v]::text[] AS a5, '{a,b}'::varchar[] AS a6, ARRAY[1,2]::text[] AS a7, (ARRAY['a'])[1] AS a8, ARRAY[]::varchar[] AS a9, ARRAY[NULL, 'x'::varchar]::text[] AS b1, ARRAY[ch, 'x'] AS b2, ARRAY[v, ch] b3, ARRAY[v, s] b4, array_cat(ARRAY['a'::varchar]::text[], ARRAY[v]::text[]) b5, ARRAY[ARRAY[v], ARRAY['x'::varchar]]::text[] AS b6, (ARRAY[v, 'x'])::text[] AS b7, ARRAY[x]::numeric(5,2)[] AS b8, ARRAY[r, 1]::double precision[] AS b9 FROM a;
CREATE VIEW w11 AS SELECT v IN ('a', NULL) AS x1, v NOT IN ('a') AS x2, v = ANY (NULL) AS x3, ch IN ('a','b', NULL) AS x4, n IN (1, 2.555) AS x5, b IN (1, 5000000000) AS x6, r IN (1, 2.5) AS x7, ts IN ('2020-01-01', now()) AS x8, v IN (s, 'x', 'y') x9, v IN (ch, 'x') y1, ch IN (v, 'x') y2, (v, x) IN (('a', 1), ('b', 2)) y3, (v, x) = ('a', 1) y4, (v, x) NOT IN (('a', 1)) y5, v::varchar(3) IN ('a', 'b') y6, d IN (current_date, '2020-01-01') y7 FROM a;
CREATE VIEW w12 AS SELECT s FROM a WHERE s BETWEEN 'a' AND 'b' AND (x = 1 OR x = 2) OR s BETWEEN 'c' AND 'd' OR (bo AND (x > 1 AND x < 5));
CREATE VIEW w13 AS SELECT s FROM a WHERE ((x > 1 AND x < 2) AND (b > 1 AND b < 2)) AND ((n > 1 AND n < 2) AND r > 1);
CREATE VIEW w14 AS SELECT CASE WHEN x BETWEEN 1 AND 2 AND bo THEN 1 WHEN (x BETWEEN 1 AND 2 OR x BETWEEN 4 AND 5) AND bo THEN 2 END AS c, x BETWEEN 1 AND 2 AND bo AS d, coalesce(x BETWEEN 1 AND 2 AND bo, false) e, NOT (x BETWEEN 1 AND 2 AND bo) f, (x BETWEEN 1 AND 2 AND bo) IS NULL g FROM a;
CREATE VIEW w15 AS SELECT a.id FROM a JOIN b ON a.id = b.id AND a.x BETWEEN 1 AND 2 AND a.bo LEFT JOIN b b2 ON (a.id BETWEEN 1 AND 2 AND b2.id = 1) OR b2.id = 2 GROUP BY a.id HAVING max(a.x) BETWEEN 1 AND 5 AND min(a.x) > 1;
CREATE VIEW w16 AS SELECT sum(x) FILTER (WHERE x BETWEEN 1 AND 2 AND bo) AS s, count(*) FILTER (WHERE v IN ('a','b')) c FROM a;
CREATE VIEW w17 AS SELECT generate_series(1, 3) AS g, unnest(arr) AS u FROM a;
CREATE VIEW w18 AS SELECT * FROM a AS t(c1, c2) WHERE t.c2 > 1;
CREATE VIEW w19 AS SELECT t1.*, t2.xx FROM (a t1 LEFT JOIN b t2 ON true) WHERE t1 IS NOT NULL AND t1.* IS NOT NULL AND (t1.*) = (t1.*);
CREATE VIEW w20 AS SELECT id FROM a WHERE x = 1 UNION (SELECT id FROM b WHERE xx = 1 ORDER BY id LIMIT 1) INTERSECT SELECT id FROM b ORDER BY id;
CREATE VIEW w21 AS SELECT 1 AS a UNION ALL SELECT 2 UNION ALL SELECT 3 EXCEPT ALL SELECT 4;
CREATE VIEW w24 AS SELECT format('%s', VARIADIC ARRAY['a', v]) AS f, concat(v, 1) AS c, greatest(v, 'a') g, least(x, 1.5) l, coalesce(v, ch) cc, nullif(v, s) nn, v || x AS vx, v || s vs, v || ch vc, ch || 'x' cx, 'a' || 'b' ab, s || NULL sn FROM a;
CREATE RULE rr1 AS ON INSERT TO b DO ALSO INSERT INTO a (id, v, s) SELECT NEW.id, 'x', NULL WHERE NEW.xx BETWEEN 1 AND 2 AND true;
CREATE RULE rr3 AS ON UPDATE TO b DO ALSO INSERT INTO a (id, v) VALUES (NEW.id, 'x'), (OLD.id, NEW.w) ON CONFLICT (id) DO NOTHING;
CREATE FUNCTION g1() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT 'a' UNION SELECT v FROM a; END;
CREATE FUNCTION g2() RETURNS text LANGUAGE sql RETURN (SELECT 'x');
CREATE FUNCTION g3() RETURNS TABLE (p integer, q text) LANGUAGE sql BEGIN ATOMIC SELECT 1, 'x'; END;
CREATE FUNCTION g4(i integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC UPDATE a SET x = 1, v = 'x', arr[1] = 2, (s, bo) = ('y', true) WHERE id = i RETURNING id; END;
CREATE FUNCTION g6() RETURNS numeric LANGUAGE sql RETURN 1;
CREATE FUNCTION g7() RETURNS varchar LANGUAGE sql RETURN 'x';
CREATE FUNCTION g8() RETURNS SETOF a LANGUAGE sql BEGIN ATOMIC SELECT * FROM a; END;
CREATE FUNCTION g9() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT -1; END;
CREATE FUNCTION ga() RETURNS record LANGUAGE sql BEGIN ATOMIC SELECT 1, 'x', NULL, true, 1.5; END;
CREATE FUNCTION gb() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT v FROM a; END;
CREATE FUNCTION gc() RETURNS void LANGUAGE sql BEGIN ATOMIC INSERT INTO b SELECT 1, 2, 3, 'x', 'y'; INSERT INTO b (id, w) VALUES (1, 'x'); INSERT INTO b DEFAULT VALUES; END;
