set terminal svg size 640,520 enhanced font "sans-serif,13" background rgb "white"
data = results."/churn.csv"
set lmargin 9
set rmargin 22
set multiplot layout 2,1
set title "Churn: duration of the pass"
set ylabel "seconds"
set yrange [0:]
plot data using "round":"pass_s" with lines linestyle 1 title "the pass"
set title "Churn: sizes after the pass"
set xlabel "round"
set ylabel "MiB"
plot data using "round":"queue_mib" with lines linestyle 1 title "message\\_queue", \
     data using "round":"queue_indexes_mib" with lines linestyle 1 dashtype 2 title "its indexes", \
     data using "round":"log_mib" with lines linestyle 5 title "agent\\_actions\\_log", \
     data using "round":"budgets_mib" with lines linestyle 6 title "budgets"
unset multiplot
