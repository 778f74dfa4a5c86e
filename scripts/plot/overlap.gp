# The KB's sum against what happens: overlap.csv (trials) and overlap-bands.csv (quantiles of bins)
# -> overlap.svg, overlap.png
data = 'overlap.csv'
bands = 'overlap-bands.csv'
stats data using 1 skip 1 nooutput name 'X'
x_label = ''
stats data every ::0::0 using (x_label = strcol(1), 0) nooutput
least = 1e300
do for [i = 2:3] {
    stats data using (column(i)) skip 1 nooutput name 'Y'
    least = least < Y_min ? least : Y_min
}

stats bands using 1 skip 1 nooutput name 'B'
last = B_records - 2 # without the first and the last bin's repetition at the ends of the axis

set tmargin at screen 0.8
set xlabel noenhanced
if (long_tail(X_median, X_min, X_max)) {
    set logscale xy
    set xrange [0.95 * X_min:1.05 * X_max]
    set yrange [0.9 * least:1.2 * X_max]
    eval 'set xtics '.time_tics(0.95 * X_min, 1.05 * X_max, 1)
    eval 'set ytics '.time_tics(0.9 * least, 1.2 * X_max, 1)
    set xlabel x_label.', log scale'
    set ylabel 'what happened (log scale)'
} else {
    set xrange [X_min:X_max > X_min ? X_max : X_min + 1]
    set yrange [0:1.05 * X_max]
    set xlabel x_label
    set ylabel 'what happened, seconds'
}

set terminal @SVG
set output 'overlap.svg'
plot for [i = 1:2] data using 1:(column(i + 1)) skip 1 with points pointtype 7 \
         pointsize (i == 1 ? 0.45 : 0.25) linecolor rgb colour(4 - i) notitle, \
     x with lines linewidth 2 linecolor rgb '#444444' dashtype 3 notitle, \
     for [i = 1:2] bands using 1:(column(3 * i)) skip 1 every ::1::last with lines linewidth 5 \
         linecolor rgb '#ffffff' notitle, \
     for [i = 1:2] bands using 1:(column(3 * i)) skip 1 every ::1::last with lines linewidth 3 \
         linecolor rgb colour(4 - i) dashtype dash(i) notitle, \
     for [i = 1:2] data using (NaN):(NaN) title columnheader(i + 1) with linespoints linewidth 3 \
         pointtype 7 pointsize 0.5 linecolor rgb colour(4 - i) dashtype dash(i), \
     NaN title 'where the outage would be if the sum were right' with lines linewidth 2 \
         linecolor rgb '#444444' dashtype 3, \
     NaN title 'dot: one trial; line: median' with points pointtype 7 pointsize 0.4 \
         linecolor rgb '#999999'
set terminal @PNG
set output 'overlap.png'
replot
