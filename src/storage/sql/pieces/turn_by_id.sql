-- Selects shard and user of turn $1, wherever it is: in the shard that the id carries, else in any.
(SELECT shard, user_id FROM orchestrator.inbound_turns WHERE shard = orchestrator.shard_in($1::uuid) AND id = $1::uuid)
UNION ALL
(SELECT turn.shard, turn.user_id
 FROM unnest(orchestrator.shards()) AS s (shard) CROSS JOIN LATERAL (
   SELECT shard, user_id FROM orchestrator.inbound_turns WHERE shard = s.shard AND id = $1::uuid LIMIT 1
 ) AS turn)
LIMIT 1
