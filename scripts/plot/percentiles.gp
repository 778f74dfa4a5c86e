# Percentile spectrum: percentiles.csv -> percentiles.svg, percentiles.png
# x is 1/(1-p) on a log axis, so that each further nine has the same width.
data = 'percentiles.csv'
stats data using 1 skip 1 nooutput name 'X'
curves = (X_columns - 1) / 3
long = 0
least = 1e300
most = 0
array legend[curves]
do for [i = 1:curves] {
    stats data every ::0::0 using (legend[i] = decode(strcol(3 * i - 1)), 0) nooutput
    stats data using (column(3 * i - 1)) skip 1 nooutput name 'Y'
    stats data using ($1 <= 2 ? column(3 * i - 1) : NaN) skip 1 nooutput name 'HALF'
    long = long || long_tail(HALF_max, Y_min, Y_max)
    least = least < Y_min ? least : Y_min
    most = most > Y_max ? most : Y_max
}

# Where an end of the interval is not known the band has no width.
limit(end, i) = column(valid(3 * i) && valid(3 * i + 1) ? end : 3 * i - 1)

set tmargin at screen top_below_key(curves + 1)
set logscale x
set xrange [1:X_max]
set xlabel 'percentile of trials'
set xtics ('0%%' 1, '50%%' 2, '75%%' 4, '90%%' 10, '95%%' 20, '98%%' 50, '99%%' 100, '99.5%%' 200, \
    '99.9%%' 1e3, '99.99%%' 1e4, '99.999%%' 1e5, '99.9999%%' 1e6, '99.99999%%' 1e7)
if (long) {
    set logscale y
    set yrange [0.9 * least:1.2 * most]
    eval 'set ytics '.time_tics(0.9 * least, 1.2 * most, 1)
    set ylabel 'time after the failure (log scale)'
} else {
    set yrange [0:most > 0 ? 1.05 * most : 1]
    set ylabel 'seconds after the failure'
}

set terminal @SVG
set output 'percentiles.svg'
plot for [i = 1:curves] data using 1:(limit(3 * i, i)):(limit(3 * i + 1, i)) skip 1 \
         with filledcurves fillcolor rgb colour(i) fillstyle transparent solid 0.2 noborder notitle, \
     for [i = 1:curves] data using 1:(column(3 * i - 1)) skip 1 title legend[i] \
         with lines linewidth 2.5 linecolor rgb colour(i) dashtype dash(i), \
     NaN title 'exact 95 % interval' with boxes fillcolor rgb '#999999' fillstyle solid 0.35 noborder
set terminal @PNG
set output 'percentiles.png'
replot
