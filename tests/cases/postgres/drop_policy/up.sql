DROP POLICY own_rows ON customers;
