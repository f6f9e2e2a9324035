ALTER INDEX customers_email_key SET (fillfactor = 50);
COMMENT ON INDEX customers_email_key IS $$one of each$$;
