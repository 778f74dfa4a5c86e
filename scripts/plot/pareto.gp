# Outage against false alarms: pareto.csv, pareto-front.csv -> pareto.svg, pareto.png
# One row for each arm: name, number, false alarms a day with the ends of their interval, p99 of the
# outage in seconds with its ends (empty: no limit), 1 where no other arm is better in both.
data = 'pareto.csv'
front = 'pareto-front.csv'
stats data using 3 skip 1 nooutput name 'X'
stats data using ($3 > 0 ? $3 : $5) skip 1 nooutput name 'P'
stats data using (valid(5) ? $5 : $3) skip 1 nooutput name 'U'
stats data using (valid(7) ? $7 : $6) skip 1 nooutput name 'L'
stats data using (valid(8) ? $8 : $6) skip 1 nooutput name 'H'
arms = X_records

# The list of names has the room that the longest needs; the picture has the rest.
longest = 0
do for [k = 1:arms] {
    stats data every ::k::k using (longest = larger(longest, strlen(decode(strcol(1)))), 0) nooutput
}
small = longest > 60
list_font = small ? ',10' : ',12'
list_at = 0.985 - (longest + 4) * (small ? 0.0058 : 0.0069)
list_at = list_at < 0.68 ? list_at : 0.68
alarms_label = 'false alarms a day: '.(list_at < 0.66 ? "\n" : '').'healthy SAs given up while nothing fails'

# Rates that differ much are shown on a log scale, where 0 has a place of its own at the left end.
wide = P_max > 20 * P_min || U_max > 20 * (X_min > 0 ? X_min : P_min)
stats data using ($4 > 0 ? $4 : $3 > 0 ? $3 : $5) skip 1 nooutput name 'W'
floor_x = X_min > 0 ? 0.9 * W_min : 0.5 * W_min
at(x) = wide && x < floor_x ? floor_x : x
if (wide) {
    set logscale x
    set xrange [0.8 * floor_x:1.5 * U_max]
    set xlabel alarms_label.' (log scale)'
    set xtics ()
    marks = list_at < 0.55 && U_max > 100 * floor_x ? '1' : '1 2 5'
    do for [e = -4:6] {
        do for [m in marks] {
            if (m * 10.0 ** e > (X_min > 0 ? 0.0 : 1.3 * floor_x)) {
                set xtics add (gprintf('%g', m * 10.0 ** e) m * 10.0 ** e)
            }
        }
    }
    if (X_min == 0) { set xtics add ('0' floor_x) }
} else {
    set xrange [0:1.1 * U_max]
    set xlabel alarms_label
}
if (L_min > 0 && H_max > 20 * L_min) {
    set logscale y
    set yrange [0.8 * L_min:1.4 * H_max]
    eval 'set ytics '.time_tics(0.8 * L_min, 1.4 * H_max, 1)
    set ylabel 'p99 of the outage (log scale)'
} else {
    set yrange [0:H_max > 0 ? 1.1 * H_max : 1]
    set ylabel 'p99 of the outage, seconds'
}
set label 1 title_of_all
set tmargin at screen top_below_key(3)
set rmargin at screen list_at - 0.02
set bmargin at screen (list_at < 0.66 ? 0.16 : 0.13)

# Points have numbers, the list beside them the names: all, or where they are many those on the front.
listed = 0
array px[arms]
array py[arms]
shade(f) = f == 1 ? 0x0072B2 : 0x767676
do for [k = 1:arms] {
    stats data every ::k::k using (name = decode(strcol(1)), number = $2, x = at($3), y = $6, f = $9, 0) \
        nooutput
    px[k] = x
    py[k] = y
    near = 0
    do for [m = 1:k - 1] { near = near + (abs(px[m] - x) <= 0.06 * abs(x) && abs(py[m] - y) < 0.04 * H_max) }
    if (arms <= 20 || f == 1) {
        set label sprintf('%d', number) at first x, first y left noenhanced font ',12' \
            offset 0.7 + 2.2 * near, 0.7 textcolor rgb shade(f) front
    }
    if ((arms <= 20 || f == 1) && listed < 20) {
        set label sprintf('%d  ', number).name at screen list_at, screen 0.79 - 0.034 * listed \
            left noenhanced font list_font textcolor rgb shade(f)
        listed = listed + 1
    }
}
set label arms > 20 ? 'arms on the front' : 'arms' at screen list_at, screen 0.83 left font ',12'

# An end that is not known is the edge of the picture.
right = wide ? 1.5 * U_max : 1.1 * U_max
top = L_min > 0 && H_max > 20 * L_min ? 1.4 * H_max : H_max > 0 ? 1.1 * H_max : 1
bottom = L_min > 0 && H_max > 20 * L_min ? 0.8 * L_min : 0
end_of(k, out) = valid(k) ? column(k) : out

set terminal @SVG
set output 'pareto.svg'
plot front using (at($3)):6 skip 1 with steps linewidth 2 linecolor rgb '#0072B2' dashtype 2 \
         title 'front', \
     data using (at($3)):6:(at($4)):(at(end_of(5, right))):(end_of(7, bottom)):(end_of(8, top)):(shade($9)) \
         skip 1 with xyerrorbars pointtype 7 pointsize 0 linewidth 1.5 linecolor rgb variable notitle, \
     front using (at($3)):6 skip 1 with points pointtype 7 pointsize 1 linecolor rgb '#0072B2' \
         title 'no arm is better in both', \
     data using ($9 == 1 ? NaN : at($3)):6 skip 1 with points pointtype 6 pointsize 1 \
         linecolor rgb '#767676' title 'beaten by another arm; bars: 95 % intervals'
set terminal @PNG
set output 'pareto.png'
replot
