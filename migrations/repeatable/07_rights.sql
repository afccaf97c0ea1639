-- Only roles to which a function is granted may call it: docs/sql.md.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA orchestrator FROM PUBLIC;
