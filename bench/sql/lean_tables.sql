-- A queue, its messages and their users with only what a move needs, and :users messages to be moved.
DROP TABLE IF EXISTS public.bench_queue, public.bench_messages, public.bench_users;
CREATE TABLE public.bench_users (id text PRIMARY KEY, sent integer NOT NULL DEFAULT 0, last_at timestamptz)
  WITH (fillfactor = 70);
CREATE TABLE public.bench_queue (id uuid PRIMARY KEY, user_id text NOT NULL, data jsonb NOT NULL,
                                 is_sent boolean NOT NULL DEFAULT false, scheduled_for timestamptz NOT NULL DEFAULT now(),
                                 sent_at timestamptz, message_id uuid) WITH (fillfactor = 75);
CREATE INDEX ON public.bench_queue (user_id, scheduled_for) WHERE NOT is_sent;
CREATE TABLE public.bench_messages (id uuid PRIMARY KEY, user_id text NOT NULL, content text NOT NULL,
                                    is_sent boolean NOT NULL DEFAULT false, queue_id uuid, created_at timestamptz NOT NULL);
CREATE INDEX ON public.bench_messages (created_at) WHERE NOT is_sent;
INSERT INTO public.bench_users SELECT 'user_' || i FROM generate_series(1, :users) AS i;
INSERT INTO public.bench_queue (id, user_id, data)
SELECT gen_random_uuid(), id, jsonb_build_object('content', 'Message 1 of thread 1: your introduction has been accepted, '
       'reply to choose a time.')
FROM public.bench_users;
