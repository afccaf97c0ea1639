-- Leaves contact $1 without a next turn: nothing waits.
-- Locks the row of inbound_contacts, which the claim has locked before. Index: its primary key.
UPDATE orchestrator.inbound_contacts SET next_turn_at = NULL WHERE user_id = $1
