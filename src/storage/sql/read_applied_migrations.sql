-- Reads the names of the applied migrations, in order.
-- Locks nothing. Index: primary key of schema_migrations.
SELECT name FROM orchestrator.schema_migrations ORDER BY name
