-- Creates the table of applied migrations.
-- Locks the schema.
CREATE TABLE orchestrator.schema_migrations (
  name       text PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
)
