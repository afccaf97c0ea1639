-- Creates the user of an unknown address $1, with phone number $2: see migrations/repeatable/05_user_addresses.sql.
-- Locks the rows of users and user_addresses that it inserts. Index: their primary keys.
SELECT orchestrator.create_user_of_address($1, $2)
