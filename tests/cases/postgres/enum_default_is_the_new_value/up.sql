ALTER TYPE order_status ADD VALUE 'draft';
ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'draft';
