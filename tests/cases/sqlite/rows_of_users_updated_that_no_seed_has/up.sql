UPDATE orders SET note = NULL WHERE length(note) > 1000;
