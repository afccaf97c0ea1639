-- Protects the users $1 from deletion, in the order of their ids. Users are locked before their budget rows.
-- Locks the rows FOR KEY SHARE. Index: primary key of users.
SELECT FROM orchestrator.users WHERE id = ANY ($1::text[]) ORDER BY id FOR KEY SHARE
