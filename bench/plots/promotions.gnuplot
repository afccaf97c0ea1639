set title "Promotions, and jobs that do nothing"
set xlabel "instances (plain SQL: connections)"
set ylabel "per second"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.85 noborder
set boxwidth 0.9
set yrange [0:]
data = results."/promote_curves.csv"
plot data using "service":xticlabels(stringcolumn("parallel")) linestyle 1 title "the service, all rules enabled", \
     data using "sql" linestyle 2 title "plain SQL", \
     data using "lean" linestyle 6 title "plain SQL, lean tables", \
     data using "graphile_worker" linestyle 3 title "graphile-worker", \
     data using "pg_boss" linestyle 4 title "pg-boss"
