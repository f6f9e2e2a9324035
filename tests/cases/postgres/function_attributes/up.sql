ALTER FUNCTION open_total(bigint, date) SECURITY DEFINER SET search_path = public;
ALTER FUNCTION open_total(bigint, date) COST 5;
ALTER FUNCTION touch() VOLATILE LEAKPROOF;
