# When a storm is over, against its number of clients: storm-last.csv and storm-middle.csv ->
# storm.svg, storm.png. Both have four columns for each line: clients, the median over trials in
# seconds, and the ends of its interval. Lines that lie on each other differ in width.
data = 'storm-last.csv'
middle = 'storm-middle.csv'
stats data using 1 skip 1 nooutput name 'T'
lines = T_columns / 4
array legend[lines]
x_least = 1e300
x_most = 0
least = 1e300
most = 0
censored = 0
do for [i = 1:lines] {
    stats data every ::0::0 using (legend[i] = decode(strcol(4 * i - 2)), 0) nooutput
    stats data using (column(4 * i - 3)) skip 1 nooutput name 'X'
    stats data using (column(4 * i - 2)) skip 1 nooutput name 'Y'
    stats middle using (column(4 * i - 2)) skip 1 nooutput name 'M'
    censored = censored + X_records - Y_records
    x_least = x_least < X_min ? x_least : X_min
    x_most = x_most > X_max ? x_most : X_max
    least = least < M_min ? least : M_min
    most = most > Y_max ? most : Y_max
    most = most > M_max ? most : M_max
}
set label 1 title_of_all
set tmargin at screen top_below_key(lines + 1 + (censored > 0))
set logscale xy
set xrange [0.8 * x_least:1.25 * x_most]
set yrange [0.7 * least:1.6 * most]
set xlabel 'clients, log scale'
eval 'set ytics '.time_tics(0.7 * least, 1.6 * most, 1)
set ylabel 'time until they are back (log scale)'
set format x '10^{%L}'

set terminal @SVG
set output 'storm.svg'
note = censored > 0 ? 'no point: not all of them are back within the horizon' : ''
plot for [i = 1:lines] data using (column(4 * i - 3)):(column(4 * i - 2)) skip 1 \
         title (legend[i] eq 'p99' ? 'last client' : 'last client, '.legend[i]) with linespoints linewidth 2.5 + 2 * (lines - i) \
         linecolor rgb colour(i) pointtype 4 + i pointsize 1 + 0.3 * (lines - i), \
     for [i = 1:lines] middle using (column(4 * i - 3)):(column(4 * i - 2)) skip 1 notitle \
         with lines linewidth 1.5 linecolor rgb colour(i) dashtype 2, \
     NaN title 'dashed: the middle client' with lines linewidth 1.5 linecolor rgb '#555555' \
         dashtype 2, \
     NaN title note with points pointtype 0 linecolor rgb '#ffffff'
set terminal @PNG
set output 'storm.png'
replot
