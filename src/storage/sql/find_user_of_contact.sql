-- Finds the user of a contact: by id $1, else by phone number $2. NULL: none.
-- Locks nothing. Index: primary key of users, users_phone_number_key.
SELECT coalesce((SELECT id FROM orchestrator.users WHERE shard = orchestrator.shard_of($1) AND id = $1),
                (SELECT id FROM orchestrator.users WHERE phone_number = $2))
