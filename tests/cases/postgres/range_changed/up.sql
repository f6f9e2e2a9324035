ALTER TABLE bookings DROP COLUMN "at";
DROP TYPE stay;
CREATE TYPE stay AS RANGE (subtype = date);
ALTER TABLE bookings ADD COLUMN "at" stay;
