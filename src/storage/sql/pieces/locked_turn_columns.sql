-- A contact that is being locked, and its attempt in process, as turn_from (turn_rows.cpp) reads them. For statements that
-- call inbound_contacts contact and inbound_turns turn.
  contact.user_id, contact.contact_id, contact.turn_id, contact.token, turn.attempt,
  orchestrator.micros(turn.taken_at) AS taken_at
