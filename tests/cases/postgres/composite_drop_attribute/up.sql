ALTER TYPE money_amount DROP ATTRIBUTE amount;
