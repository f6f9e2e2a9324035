INSERT INTO roles (name, data) VALUES ('admin', X'00FF') ON CONFLICT DO NOTHING;
