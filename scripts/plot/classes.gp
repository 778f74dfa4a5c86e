# Each class for itself: classes.csv -> classes.svg, classes.png. One row for each arm and class: number and
# name of the arm, number and name of the class, p5, p50, p95 of its outage in seconds (empty: beyond).
data = 'classes.csv'
stats data using 1 skip 1 nooutput name 'A'
stats data using 3 skip 1 nooutput name 'C'
stats data using (valid(7) ? column(7) : NaN) skip 1 nooutput name 'P'
stats data using (valid(5) && column(5) > 0 ? column(5) : NaN) skip 1 nooutput name 'L'
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
most = exists('P_max') && P_max > 0 ? 2.2 * P_max : 1
least = exists('L_min') && L_min > 0 ? 0.6 * L_min : most / 1e4
set logscale y
set yrange [least:most]
set ytics @time_tics
set xrange [-0.6:classes - 0.4]
set xtics scale 0 format ''
set grid noxtics
set ylabel 'outage: p5, p50, p95 (log scale)'
set tmargin at screen top_below_key(named ? arms + 1 : 1)

step = 0.8 / arms
place(i, c) = c + (i - 0.5) * step - 0.4
limit(value, end) = valid(value) ? (column(value) < least ? least : column(value)) : end
of(i) = column(1) == i - 1

set terminal @SVG
set output 'classes.svg'
plot for [i = 1:arms] data using (of(i) ? place(i, column(3)) : NaN):(limit(6, NaN)):(limit(5, most)):(limit(7, most)) \
         skip 1 with yerrorbars linewidth 2.5 linecolor rgb colour(i) pointtype 4 + i pointsize 1.1 \
         title named ? arm_name[i] : 'p50, from p5 to p95', \
     for [i = 1:arms] data using (of(i) && !valid(6) ? place(i, column(3)) : NaN):(most / 1.6):('never') skip 1 \
         with labels center rotate by 90 textcolor rgb colour(i) font ',11' notitle
set terminal @PNG
set output 'classes.png'
replot
