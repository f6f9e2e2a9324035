CREATE TABLE teams (
    team_id uuid PRIMARY KEY,
    title text NOT NULL
);
CREATE TABLE members (
    member_id uuid PRIMARY KEY,
    team_id uuid NOT NULL CONSTRAINT members_team REFERENCES teams ON UPDATE CASCADE,
    led_by uuid REFERENCES members
);
CREATE UNIQUE INDEX members_of_a_team ON members (team_id, member_id);
