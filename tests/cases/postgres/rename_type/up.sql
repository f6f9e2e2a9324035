ALTER TYPE order_status RENAME TO state;
