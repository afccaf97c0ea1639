-- The addresses of users. An address belongs to one user.

-- Makes each address that of its user (parallel arrays). Fails with a unique violation if one belongs to another user.
-- The check is a statement of its own: it sees what a transaction committed for which the INSERT had to wait.
-- Locks: the rows that it inserts, by address.
CREATE OR REPLACE FUNCTION orchestrator.claim_addresses(addresses text[], user_ids text[]) RETURNS void
LANGUAGE plpgsql SET search_path = orchestrator, pg_temp AS $$
DECLARE
  taken text;
BEGIN
  INSERT INTO orchestrator.user_addresses (shard, address, user_id)
  SELECT orchestrator.shard_of(claimed.address), claimed.address, claimed.user_id
  FROM unnest(claim_addresses.addresses, claim_addresses.user_ids) AS claimed (address, user_id)
  ORDER BY claimed.address
  ON CONFLICT DO NOTHING;

  SELECT claimed.address INTO taken
  FROM unnest(claim_addresses.addresses, claim_addresses.user_ids) AS claimed (address, user_id)
  LEFT JOIN orchestrator.user_addresses AS known
    ON known.shard = orchestrator.shard_of(claimed.address) AND known.address = claimed.address
  WHERE known.user_id IS DISTINCT FROM claimed.user_id
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'address % belongs to another user', taken USING ERRCODE = 'unique_violation';
  END IF;
END $$;

-- Creates the user of an unknown address: its id is the address. Does nothing if the address has meanwhile become that of
-- another user. Of two calls for one address, the second waits for the first.
-- Locks: the row of users, then that of user_addresses, as every transaction that writes both.
CREATE OR REPLACE FUNCTION orchestrator.create_user_of_address(address text, phone_number text) RETURNS void
LANGUAGE plpgsql SET search_path = orchestrator, pg_temp AS $$
DECLARE
  address_shard smallint := orchestrator.shard_of(create_user_of_address.address);
BEGIN
  -- A row that has lost its user, which only a session without triggers can bring about, would block the address.
  PERFORM FROM orchestrator.user_addresses AS known
  WHERE known.shard = address_shard AND known.address = create_user_of_address.address FOR UPDATE;
  DELETE FROM orchestrator.user_addresses AS known
  WHERE known.shard = address_shard AND known.address = create_user_of_address.address
    AND NOT EXISTS (SELECT FROM orchestrator.users
                    WHERE users.shard = orchestrator.shard_of(known.user_id) AND users.id = known.user_id);
  INSERT INTO orchestrator.users (shard, id, phone_number)
  VALUES (address_shard, create_user_of_address.address, create_user_of_address.phone_number)
  ON CONFLICT DO NOTHING;
  PERFORM orchestrator.claim_addresses(ARRAY[create_user_of_address.address], ARRAY[create_user_of_address.address]);
EXCEPTION WHEN unique_violation THEN
  NULL;
END $$;
