ALTER TYPE money_amount ALTER ATTRIBUTE amount TYPE numeric(20, 4);
ALTER TYPE money_amount RENAME ATTRIBUTE currency TO cur;
