ALTER TABLE members DROP CONSTRAINT members_team;
DROP INDEX members_of_a_team;

ALTER TABLE teams ADD COLUMN team_text text;
ALTER TABLE members ADD COLUMN team_text text;
UPDATE teams SET team_text = team_id::text;
UPDATE members SET team_text = team_id::text;
ALTER TABLE teams ALTER COLUMN team_text SET NOT NULL;
ALTER TABLE members ALTER COLUMN team_text SET NOT NULL;
ALTER TABLE teams DROP COLUMN team_id;
ALTER TABLE members DROP COLUMN team_id;
ALTER TABLE teams RENAME COLUMN team_text TO team_id;
ALTER TABLE members RENAME COLUMN team_text TO team_id;

ALTER TABLE teams ADD CONSTRAINT teams_pkey PRIMARY KEY (team_id);
ALTER TABLE members ADD CONSTRAINT members_team FOREIGN KEY (team_id) REFERENCES teams ON UPDATE CASCADE;
CREATE UNIQUE INDEX members_of_a_team ON members (team_id, member_id);

ALTER TABLE members DROP CONSTRAINT members_led_by_fkey;
ALTER TABLE members ALTER COLUMN member_id TYPE text, ALTER COLUMN led_by TYPE text;
ALTER TABLE members ADD CONSTRAINT members_led_by_fkey FOREIGN KEY (led_by) REFERENCES members;
