-- Whoever writes the rows, they work: so do edits of what else decides when a message may go, its leave to be delayed
-- and its place in a sequence.

CREATE OR REPLACE FUNCTION message_queue_edited() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM arm_users(ARRAY[NEW.user_id], ARRAY[NEW.scheduled_for],
                    ARRAY[NEW.priority <= 'high' OR OLD.awaiting IS NOT NULL]);
  IF NEW.sequence_id IS NOT NULL THEN
    PERFORM refresh_sequences(ARRAY[NEW.user_id], ARRAY[NEW.sequence_id]);
  ELSIF NOT NEW.ready THEN  -- it was a part, and is a message by itself
    UPDATE message_queue SET ready = true WHERE id = NEW.id AND user_id = NEW.user_id;
  END IF;
  IF OLD.sequence_id IS NOT NULL AND OLD.sequence_id IS DISTINCT FROM NEW.sequence_id THEN
    PERFORM refresh_sequences(ARRAY[OLD.user_id], ARRAY[OLD.sequence_id]);
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER message_queue_edited ON message_queue;
CREATE TRIGGER message_queue_edited
AFTER UPDATE OF user_id, priority, status, scheduled_for, awaiting, can_delay, sequence_id, sequence_position,
                sequence_total ON message_queue
FOR EACH ROW
WHEN (NEW.status IN ('queued', 'approved') AND NEW.awaiting IS NULL
      AND (OLD.status, OLD.scheduled_for, OLD.priority, OLD.user_id, OLD.awaiting, OLD.can_delay,
           OLD.sequence_id, OLD.sequence_position, OLD.sequence_total)
          IS DISTINCT FROM (NEW.status, NEW.scheduled_for, NEW.priority, NEW.user_id, NEW.awaiting, NEW.can_delay,
                            NEW.sequence_id, NEW.sequence_position, NEW.sequence_total))
EXECUTE FUNCTION message_queue_edited();
