ALTER PUBLICATION pu SET (publish = 'insert', publish_via_partition_root = true);
