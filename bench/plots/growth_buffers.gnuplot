set title "A pass with 1,000 ready users: buffers touched"
set xlabel "waiting messages"
set ylabel "buffers of 8 KiB"
set logscale x 10
set format x "10^{%L}"
set yrange [0:]
data = results."/growth_curves.csv"
plot data using "waiting":"quiet_hours_buffers" with linespoints linestyle 1 title "blocked by quiet hours", \
     data using "waiting":"cooldown_buffers" with linespoints linestyle 5 title "blocked by cooldown", \
     data using "waiting":"one_user_buffers" with points linestyle 6 title "10^6 of one ready user"
