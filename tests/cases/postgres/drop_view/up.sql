DROP VIEW open_totals;
