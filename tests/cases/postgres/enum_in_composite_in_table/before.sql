CREATE TYPE size AS ENUM ('small');
CREATE TYPE parcel AS (label text, size size);
CREATE TABLE parcels (id integer, it parcel);
