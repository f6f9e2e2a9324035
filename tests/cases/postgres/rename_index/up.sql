ALTER INDEX orders_status_idx RENAME TO "Status";
ALTER INDEX events_kind_idx RENAME TO ek;
