-- Reads the number of logical shards, which is fixed when the schema is created.
-- Locks nothing. Index: none.
SELECT orchestrator.logical_shards()
