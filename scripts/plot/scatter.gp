# Outcomes against what differs between trials: BASE.csv (trials) and BASE-bands.csv (quantiles of bins)
# -> BASE.svg, BASE.png. `base` is set by the program.
data = base.'.csv'
bands = base.'-bands.csv'
stats data using 1 skip 1 nooutput name 'X'
series = X_columns - 1
x_label = ''
stats data every ::0::0 using (x_label = strcol(1), 0) nooutput
long = 0
least = 1e300
most = 0
do for [i = 1:series] {
    stats data using (column(i + 1)) skip 1 nooutput name 'Y'
    long = long || long_tail(Y_median, Y_min, Y_max)
    least = least < Y_min ? least : Y_min
    most = most > Y_max ? most : Y_max
}

set key horizontal maxrows 2 width 1
set tmargin at screen 0.845
unset grid
set grid y linecolor rgb '#dddddd' linetype 1 linewidth 1
# Most values near the least one: drawn on a log scale, so shown on one.
if (X_min > 0 && X_median < 0.3 * (X_min + X_max)) {
    set logscale x
    set xlabel x_label.', log scale' noenhanced
    set xtics ()
    do for [e = -6:6] {
        do for [m in '1 2 3 5'] { set xtics add (gprintf('%g', m * 10.0 ** e) m * 10.0 ** e) }
    }
} else {
    set xlabel x_label noenhanced
}
set xrange [X_min:X_max > X_min ? X_max : X_min + 1]
if (long) {
    set logscale y
    set yrange [0.9 * least:1.2 * most]
    eval 'set ytics '.time_tics(0.9 * least, 1.2 * most, 1)
    set ylabel 'time after the failure (log scale)'
} else {
    set yrange [0:most > 0 ? 1.05 * most : 1]
    set ylabel 'seconds after the failure'
}

own(i) = series == 1 ? 2 : i
set terminal @SVG
set output base.'.svg'
plot for [i = 1:series] data using 1:(column(i + 1)) skip 1 with points pointtype 7 pointsize 0.25 \
         linecolor rgb colour(own(i)) notitle, \
     for [i = 1:series] bands using 1:(column(3 * i - 1)):(column(3 * i + 1)) skip 1 \
         with filledcurves fillcolor rgb colour(own(i)) fillstyle transparent solid 0.18 noborder notitle, \
     for [k = 0:1] for [i = 1:series] bands using 1:(column(3 * i - 1 + 2 * k)) skip 1 with lines \
         linewidth 1 linecolor rgb colour(own(i)) notitle, \
     for [i = 1:series] bands using 1:(column(3 * i)) skip 1 with lines linewidth 5 \
         linecolor rgb '#ffffff' notitle, \
     for [i = 1:series] bands using 1:(column(3 * i)) skip 1 with lines linewidth 3 \
         linecolor rgb colour(own(i)) dashtype dash(own(i)) notitle, \
     for [i = 1:series] data using (NaN):(NaN) title columnheader(i + 1) with lines linewidth 3 \
         linecolor rgb colour(own(i)) dashtype dash(own(i)), \
     NaN title 'line: median; band: p5 to p95' with boxes fillcolor rgb '#999999' \
         fillstyle solid 0.35 noborder, \
     NaN title 'dot: one trial' with points pointtype 7 pointsize 0.4 linecolor rgb '#999999'
set terminal @PNG
set output base.'.png'
replot
