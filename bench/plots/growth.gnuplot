set title "A pass with 1,000 ready people"
set xlabel "messages parked"
set ylabel "milliseconds"
set logscale x 10
set format x "10^{%L}"
set yrange [0:]
data = results."/growth_curves.csv"
plot data using "parked":"quiet_hours_ms" with linespoints linestyle 1 title "held by quiet hours", \
     data using "parked":"cooldown_ms" with linespoints linestyle 5 title "held by cooldown", \
     data using "parked":"one_person_ms" with points linestyle 6 title "10^6 of a ready person"
