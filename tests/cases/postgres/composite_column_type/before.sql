-- include shop.sql
CREATE TABLE mt (m money_amount, l money_amount[]);
CREATE FUNCTION fm(money_amount) RETURNS SETOF mt LANGUAGE sql AS 'SELECT NULL::public.mt';
