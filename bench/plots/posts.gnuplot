set title "Durable posts"
set xlabel "clients, each waiting for its response"
set ylabel "posts per second"
set logscale x 2
set xrange [0.8:100]
set xtics (1, 8, 32, 80)
set yrange [0:]
data = results."/post_curves.csv"
plot data using "connections":"service_rate" with linespoints linestyle 1 title "the service", \
     data using "connections":"pgbench_plain_rate" with linespoints linestyle 2 title "pgbench, a plain row", \
     data using "connections":"graphile_worker_rate" with linespoints linestyle 3 title "graphile-worker", \
     data using "connections":"pg_boss_rate" with linespoints linestyle 4 title "pg-boss", \
     data using "connections":"bullmq_rate" with linespoints linestyle 6 title "BullMQ"
