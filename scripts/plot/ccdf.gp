# Share of trials still cut off at time x: ccdf.csv -> ccdf.svg, ccdf.png
data = 'ccdf.csv'
stats data using 1 skip 1 nooutput name 'X'
curves = X_columns / 4
long = 0
least = 1e300
most = 0
lowest = 1
array legend[curves]
do for [i = 1:curves] {
    stats data every ::0::0 using (legend[i] = decode(strcol(4 * i - 2)), 0) nooutput
    stats data using (column(4 * i - 3)) skip 1 nooutput name 'X'
    stats data using (column(4 * i - 1)) skip 1 nooutput name 'P'
    stats data using (column(4 * i - 2) >= 0.5 ? column(4 * i - 3) : NaN) skip 1 nooutput name 'HALF'
    long = long || long_tail(HALF_max, X_min, X_max)
    least = least < X_min ? least : X_min
    most = most > X_max ? most : X_max
    lowest = lowest < P_min ? lowest : P_min
}

set tmargin at screen top_below_key(curves + 1)
set logscale y
set yrange [lowest:1]
set ylabel 'trials still cut off'
set lmargin at screen 0.2
set ytics ('100 %%' 1, '50 %%' 0.5, '10 %% = 1 nine' 0.1, '1 %% = 2 nines' 1e-2, \
    '0.1 %% = 3 nines' 1e-3, '0.01 %% = 4 nines' 1e-4, '0.001 %% = 5 nines' 1e-5, \
    '6 nines' 1e-6, '7 nines' 1e-7)
if (long) {
    set logscale x
    set xrange [0.9 * least:1.2 * most]
    eval 'set xtics '.time_tics(0.9 * least, 1.2 * most, 1)
    set xlabel 'time after the failure (log scale)'
} else {
    set xrange [0:most > 0 ? 1.05 * most : 1]
    set xlabel 'seconds after the failure'
}

set terminal @SVG
set output 'ccdf.svg'
plot for [i = 1:curves] data using (column(4 * i - 3)):(column(4 * i - 1)):(column(4 * i)) skip 1 \
         with filledcurves fillcolor rgb colour(i) fillstyle transparent solid 0.2 noborder notitle, \
     for [i = 1:curves] data using (column(4 * i - 3)):(column(4 * i - 2)) \
         skip 1 title legend[i] \
         with lines linewidth 2.5 linecolor rgb colour(i) dashtype dash(i), \
     NaN title 'exact 95 % interval' with boxes fillcolor rgb '#999999' fillstyle solid 0.35 noborder
set terminal @PNG
set output 'ccdf.png'
replot
