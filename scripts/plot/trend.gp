# p99 of the outage against a swept value: BASE.csv -> BASE.svg, BASE.png. `base` is set by the
# program. Four columns for each line: the value, p99 in seconds, and the ends of its interval.
data = base.'.csv'
stats data using 1 skip 1 nooutput name 'T'
lines = T_columns / 4
array legend[lines]
x_label = ''
stats data every ::0::0 using (x_label = decode(strcol(1)), 0) nooutput
x_least = 1e300
x_most = -1e300
least = 1e300
most = 0
do for [i = 1:lines] {
    stats data every ::0::0 using (legend[i] = decode(strcol(4 * i - 2)), 0) nooutput
    stats data using (column(4 * i - 3)) skip 1 nooutput name 'X'
    stats data using (column(4 * i - 2)) skip 1 nooutput name 'Y'
    stats data using (valid(4 * i) ? column(4 * i) : column(4 * i - 2)) skip 1 nooutput name 'H'
    x_least = x_least < X_min ? x_least : X_min
    x_most = x_most > X_max ? x_most : X_max
    least = least < Y_min ? least : Y_min
    most = most > H_max ? most : H_max
}

# Where an end of the interval is not known the band has no width.
limit(end, i) = column(valid(4 * i - 1) && valid(4 * i) ? end : 4 * i - 2)

set label 1 title_of_all
set tmargin at screen top_below_key(lines + 1)
if (x_least > 0 && x_most > 20 * x_least) {
    set logscale x
    set xrange [0.95 * x_least:1.05 * x_most]
    set xlabel x_label.', log scale' noenhanced
} else {
    set xrange [x_least - 0.03 * (x_most - x_least):x_most + 0.03 * (x_most - x_least)]
    set xlabel x_label noenhanced
}
if (least > 0 && most > 20 * least) {
    set logscale y
    set yrange [0.9 * least:1.2 * most]
    eval 'set ytics '.time_tics(0.9 * least, 1.2 * most, 1)
    set ylabel 'p99 of the outage (log scale)'
} else {
    set yrange [0:most > 0 ? 1.05 * most : 1]
    set ylabel 'p99 of the outage, seconds'
}

set terminal @SVG
set output base.'.svg'
plot for [i = 1:lines] data using (column(4 * i - 3)):(limit(4 * i - 1, i)):(limit(4 * i, i)) skip 1 \
         with filledcurves fillcolor rgb colour(i) fillstyle transparent solid 0.2 noborder notitle, \
     for [i = 1:lines] data using (column(4 * i - 3)):(column(4 * i - 2)) skip 1 title legend[i] \
         with linespoints linewidth 2.5 linecolor rgb colour(i) dashtype dash(i) pointtype 4 + i, \
     NaN title 'exact 95 % interval' with boxes fillcolor rgb '#999999' fillstyle solid 0.35 noborder
set terminal @PNG
set output base.'.png'
replot
