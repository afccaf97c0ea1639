-- Records migration $1 as applied.
-- Locks nothing. Index: primary key of schema_migrations.
INSERT INTO orchestrator.schema_migrations (name) VALUES ($1)
