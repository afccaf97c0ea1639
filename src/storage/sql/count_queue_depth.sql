-- Counts the waiting messages by lane and status: scans the index of all waiting messages, so not for every
-- request.
-- Locks nothing. Index: message_queue_head or another partial index of waiting messages.
SELECT priority, status, count(*) FROM orchestrator.message_queue
WHERE status IN ('queued', 'approved') GROUP BY priority, status
