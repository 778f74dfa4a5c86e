# Each class for itself: classes.csv -> classes.svg, classes.png. One row for each arm and class: number and
# name of the arm, number and name of the class, p5, p50, p95 of its outage in seconds (empty: beyond).
data = 'classes.csv'
stats data using 1 skip 1 nooutput name 'A'
stats data using 3 skip 1 nooutput name 'C'
most = 0.0
least = 1e300
do for [q = 5:7] {
    stats data using (most = valid(q) && column(q) > most ? column(q) : most, \
        least = valid(q) && column(q) > 0 && column(q) < least ? column(q) : least, 0) skip 1 nooutput
}
arms = int(A_max) + 1
classes = int(C_max) + 1
array arm_name[arms]
do for [i = 1:arms] {
    stats data every ::((i - 1) * classes + 1)::((i - 1) * classes + 1) \
        using (arm_name[i] = decode(strcol(2)), 0) nooutput
}
do for [k = 1:classes] {
    stats data every ::k::k using (name = strcol(4), 0) nooutput
    set label 100 + k name at first k - 1, graph -0.05 center noenhanced textcolor rgb '#222222'
}
named = arms > 1 || strlen(arm_name[1]) > 0
most = most > 0 ? 2.2 * most : 1.0
least = least < most ? 0.6 * least : most / 1e4
set logscale y
set yrange [least:most]
eval 'set ytics '.time_tics(least, most, 1)
set xrange [-0.6:classes - 0.4]
set xtics scale 0 format ''
set grid noxtics
set ylabel 'outage: p5, p50, p95 (log scale)'
set tmargin at screen top_below_key(named ? arms + 1 : 1)

step = 0.8 / arms
place(i, c) = c + (i - 0.5) * step - 0.4
limit(value, end) = valid(value) ? (column(value) < least ? least : column(value)) : end
of(i) = column(1) == i - 1
outside = -10 # labels at NaN alone crash gnuplot 5.4

set terminal @SVG
set output 'classes.svg'
plot for [i = 1:arms] data using (of(i) ? place(i, column(3)) : NaN):(limit(6, NaN)):(limit(5, most)):(limit(7, most)) \
         skip 1 with yerrorbars linewidth 2.5 linecolor rgb colour(i) pointtype 4 + i pointsize 1.1 \
         title named ? arm_name[i] : 'p50, from p5 to p95', \
     for [i = 1:arms] data using (of(i) && !valid(6) ? place(i, column(3)) : outside):(most / 1.6):('never') skip 1 \
         with labels center rotate by 90 textcolor rgb colour(i) font ',11' notitle
set terminal @PNG
set output 'classes.png'
replot
