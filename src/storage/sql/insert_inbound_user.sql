-- Inserts a user for an unknown contact: $1 id, $2 phone number. Does nothing if another transaction was
-- faster.
-- Locks nothing. Index: primary key of users, users_phone_number_key.
INSERT INTO orchestrator.users (shard, id, phone_number) VALUES (orchestrator.shard_of($1), $1, $2)
ON CONFLICT DO NOTHING RETURNING id
