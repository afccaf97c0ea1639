-- Creates the table of applied migrations unless it exists.
-- Locks the schema, if it creates the table.
CREATE TABLE IF NOT EXISTS schema_migrations (
  name       text PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
)
