DROP FUNCTION open_total(bigint, date);
