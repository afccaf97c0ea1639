-- Marks request $1 as done at $2; one that is done stays as it is.
-- Locks the row. Index: primary key of reformulation_requests.
UPDATE orchestrator.reformulation_requests SET done_at = coalesce(done_at, $2::timestamptz) WHERE id = $1::uuid
