UPDATE orders SET customer = upper(customer);
