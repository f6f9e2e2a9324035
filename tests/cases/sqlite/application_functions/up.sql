UPDATE orders SET note = my_own_function(note);
