-- Moves the rows of one of :parts partitions between the tables of lean_tables.sql, and counts them for their users.
WITH sent AS (
  UPDATE public.bench_queue SET is_sent = true, sent_at = now(), message_id = gen_random_uuid()
  WHERE NOT is_sent AND (:parts = 1 OR abs(hashtext(user_id)) % :parts = :part)
  RETURNING message_id, user_id, data, id
), moved AS (
  INSERT INTO public.bench_messages (id, user_id, content, queue_id, created_at)
  SELECT message_id, user_id, data ->> 'content', id, now() FROM sent
)
UPDATE public.bench_users AS counted SET sent = sent + 1, last_at = now()
FROM sent WHERE counted.id = sent.user_id;
