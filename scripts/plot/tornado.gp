# Which swept value matters: tornado.csv -> tornado.svg, tornado.png
# One row for each key, the widest first: the key, p99 of the outage in seconds at its best and worst
# value, at the base, then the texts of the two values.
data = 'tornado.csv'
stats data using 2 skip 1 nooutput name 'L'
stats data using 3 skip 1 nooutput name 'H'
stats data using 4 skip 1 nooutput name 'B'
n = H_records
span = H_max > L_min ? H_max - L_min : 1

set label 1 title_of_all
set xlabel 'p99 of the outage, seconds'
set ytics scale 0 format ''
unset grid
set grid x linecolor rgb '#dddddd' linetype 1 linewidth 1
set lmargin at screen 0.3
set tmargin at screen 0.86
do for [k = 1:n] {
    stats data every ::k::k using (name = decode(strcol(1)), low = decode(strcol(5)), \
        high = decode(strcol(6)), from = $2, to = $3, 0) nooutput
    set label name at graph -0.02, first k - 1 right noenhanced textcolor rgb '#222222'
    set label low at first from, first k - 1 right offset -0.6, 0 noenhanced font ',12'
    set label high at first to, first k - 1 left offset 0.6, 0 noenhanced font ',12'
}
set yrange [n - 0.4:-0.6]
set xrange [L_min - 0.2 * span:H_max + 0.2 * span]
set arrow 1 from B_min, graph 0 to B_min, graph 1 nohead linewidth 2 linecolor rgb '#000000' front

set terminal @SVG
set output 'tornado.svg'
plot data using (0):0:2:3:($0 - 0.3):($0 + 0.3) skip 1 with boxxyerror \
         linecolor rgb '#0072B2' fillstyle solid 0.6 border notitle, \
     NaN with lines linewidth 2 linecolor rgb '#000000' title 'base; bars: one value at a time'
set terminal @PNG
set output 'tornado.png'
replot
