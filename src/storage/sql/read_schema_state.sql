-- Reads what migrations depend on: whether the tables of the first edition are in the schema public, whether this
-- edition's schema and history exist, and the rights of the session's role.
-- Locks nothing. Index: none; reads the catalog, which needs no right on the schemas.
WITH existing AS (
  SELECT relnamespace::regnamespace::text AS schema, relname AS name FROM pg_class WHERE relkind IN ('r', 'p')
)
SELECT (SELECT count(*) = 2 FROM existing
        WHERE schema = 'public' AND name IN ('user_message_budget', 'orchestrator_settings')) AS has_first_edition,
       to_regnamespace('orchestrator') IS NOT NULL AS has_schema,
       EXISTS (SELECT FROM existing WHERE schema = 'orchestrator' AND name = 'schema_migrations') AS has_history,
       has_database_privilege(current_database(), 'CREATE') AS may_create_schema,
       coalesce(has_schema_privilege(to_regnamespace('orchestrator'), 'CREATE'), false) AS may_create_tables,
       quote_ident(current_database()) AS database, quote_ident(current_user) AS role
