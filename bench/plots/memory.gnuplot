set title "Resident memory of the service over the run"
set xlabel "minutes"
set ylabel "MiB"
set yrange [0:*]
data = results."/memory.csv"
# Every fifth sample, so that the file stays small.
plot data every 5 using (column("second") / 60):"resident_mib" with points pointtype 7 pointsize 0.25 \
       linecolor rgb "#1f6fb4" title "a process", \
     48 with lines linecolor rgb "#c23b3b" linewidth 1 dashtype 2 title "48 MiB"
