-- Leaves contact $1 without a next turn: nothing waits.
-- Locks the row of inbound_contacts, which the claim has locked before. Index: its primary key.
UPDATE orchestrator.inbound_contacts SET next_turn_at = NULL WHERE shard = orchestrator.shard_of($1) AND user_id = $1
