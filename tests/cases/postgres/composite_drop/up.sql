DROP TYPE money_amount;
