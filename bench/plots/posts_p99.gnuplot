set title "Durable posts: p99 response time"
set xlabel "clients, each waiting for its response"
set ylabel "milliseconds"
set logscale x 2
set logscale y 10
set xrange [0.8:100]
set xtics (1, 8, 32, 80)
data = results."/post_curves.csv"
plot data using "connections":"service_p99" with linespoints linestyle 1 title "the service", \
     data using "connections":"pgbench_plain_p99" with linespoints linestyle 2 title "pgbench, a plain row", \
     data using "connections":"graphile_worker_p99" with linespoints linestyle 3 title "graphile-worker", \
     data using "connections":"pg_boss_p99" with linespoints linestyle 4 title "pg-boss", \
     data using "connections":"bullmq_p99" with linespoints linestyle 6 title "BullMQ"
