-- Creates the schema that contains everything else.
-- Locks nothing.
CREATE SCHEMA orchestrator
