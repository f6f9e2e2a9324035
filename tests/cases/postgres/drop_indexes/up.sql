DROP INDEX orders_note_lower, orders_status_idx, sales_day;
