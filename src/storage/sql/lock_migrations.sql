-- Lets one instance migrate at a time. The number is "orchestr" in ASCII; no other lock in the database has
-- it.
-- Locks: an advisory lock, until the transaction ends.
SELECT pg_advisory_xact_lock(8030589110318068850)
