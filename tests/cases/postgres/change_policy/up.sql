ALTER POLICY own_rows ON customers TO PUBLIC USING (false);
