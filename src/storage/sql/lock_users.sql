-- As share_lock_users.sql, for arrivals that may opt a user out or in.
-- Locks the rows FOR NO KEY UPDATE. Index: primary key of users.
SELECT FROM orchestrator.users WHERE id = ANY ($1::text[]) ORDER BY id FOR NO KEY UPDATE
