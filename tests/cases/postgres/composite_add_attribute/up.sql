ALTER TYPE money_amount ADD ATTRIBUTE memo text;
