DELETE FROM orders WHERE customer = 'nobody';
