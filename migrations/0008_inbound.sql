-- What people write, and the turns in which their agents answer.

-- Replies go out whatever the limits and quiet hours say, confirmations of an opt-out also after it. Null: a
-- scheduled message, or what another system wrote.
ALTER TABLE messages ADD COLUMN purpose text CHECK (purpose IN ('reply', 'consent'));
