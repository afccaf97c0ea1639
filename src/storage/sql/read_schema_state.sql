-- Reads what migrations depend on: whether an earlier edition's tables are in the schema public, whether this
-- edition's schema and history exist, and the rights of the session's role.
-- Locks nothing. Index: none; reads the catalog.
SELECT to_regclass('public.user_message_budget') IS NOT NULL
         AND to_regclass('public.orchestrator_settings') IS NOT NULL AS has_first_edition,
       to_regnamespace('orchestrator') IS NOT NULL AS has_schema,
       to_regclass('orchestrator.schema_migrations') IS NOT NULL AS has_history,
       has_database_privilege(current_database(), 'CREATE') AS may_create_schema,
       coalesce(has_schema_privilege(to_regnamespace('orchestrator'), 'CREATE'), false) AS may_create_tables,
       quote_ident(current_database()) AS database, quote_ident(current_user) AS role
