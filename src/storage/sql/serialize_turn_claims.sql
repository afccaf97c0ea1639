-- Lets one transaction claim turns at a time, over all instances, so that each claim sees what the one before
-- it has taken and the limit on turns in process holds.
-- Locks: an advisory lock, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('message-orchestrator claim'))
