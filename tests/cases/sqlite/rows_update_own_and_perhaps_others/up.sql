UPDATE roles SET rank = 9 WHERE rank = 1;
