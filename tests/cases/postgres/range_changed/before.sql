CREATE TYPE stay AS RANGE (subtype = timestamp);
CREATE TABLE bookings (id integer, "at" stay, note text);
CREATE VIEW booked AS SELECT id, note FROM bookings;
