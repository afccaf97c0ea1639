# Common style: a system has the same colour in all plots.
set terminal svg size 640,360 enhanced font "sans-serif,13" background rgb "white"
set output output
set datafile separator ","
set grid linecolor rgb "#dddddd"
set border 3 linecolor rgb "#666666"
set tics nomirror textcolor rgb "#333333"
set key outside right top vertical Left reverse samplen 2

set style line 1 linecolor rgb "#1f6fb4" linewidth 3 pointtype 7 pointsize 0.8   # the service
set style line 2 linecolor rgb "#777777" linewidth 2 pointtype 5 pointsize 0.7   # pgbench, plain SQL
set style line 3 linecolor rgb "#e07b20" linewidth 2 pointtype 9 pointsize 0.9   # graphile-worker
set style line 4 linecolor rgb "#8a4fb0" linewidth 2 pointtype 11 pointsize 0.9  # pg-boss
set style line 5 linecolor rgb "#3a9a5b" linewidth 3 pointtype 13 pointsize 1.0  # the service, second situation
set style line 6 linecolor rgb "#c23b3b" linewidth 2 pointtype 15 pointsize 1.0  # the service, third situation; BullMQ
