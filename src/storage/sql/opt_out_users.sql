-- Opts the users $1 out at $2: they have opted out at the provider.
-- Locks the rows of users. Index: their primary key.
UPDATE orchestrator.users SET opted_out_at = $2::timestamptz
WHERE id = ANY ($1::text[]) AND opted_out_at IS NULL
