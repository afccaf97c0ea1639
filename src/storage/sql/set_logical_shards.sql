-- Tells the migration that creates the schema how many logical shards there are: $1.
-- Locks nothing. Index: none.
SELECT set_config('orchestrator.logical_shards', $1::integer::text, true)
