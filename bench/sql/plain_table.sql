-- A table as plain as one that keeps messages can be.
DROP TABLE IF EXISTS public.bench_plain;
CREATE TABLE public.bench_plain (id uuid PRIMARY KEY, user_id text, data jsonb, created_at timestamptz);
