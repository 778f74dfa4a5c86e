# The outage of the first, the middle and the last front end against their number: front-ends.csv ->
# front-ends.svg, front-ends.png. Rows by panel and series (at most 4 and 6): number and name of both, front ends,
# p50 over trials of each rank in seconds with its interval (empty: beyond the horizon; drawn at the upper edge).
data = 'front-ends.csv'
stats data using 1 skip 1 nooutput name 'P'
stats data using 3 skip 1 nooutput name 'S'
stats data using 5 skip 1 nooutput name 'N'
panels = int(P_max) + 1
series = int(S_max) + 1
rows = int(N_records)
array panel_name[panels]
array series_name[series]
array from[panels * series]
array to[panels * series]
line(p, s) = p * series + s + 1
do for [i = 1:panels * series] { to[i] = -1 }
least = 1e300
most = 0
beyond = 0
do for [n = 1:rows] {
    stats data every ::n::n using (p = int(column(1)), s = int(column(3)), panel_name[p + 1] = decode(strcol(2)), \
        series_name[s + 1] = decode(strcol(4)), 0) nooutput
    if (to[line(p, s)] < 0) { from[line(p, s)] = n }
    to[line(p, s)] = n
    do for [q = 0:2] {
        stats data every ::n::n using (v = valid(6 + 3 * q) ? column(6 + 3 * q) : -1, 0) nooutput
        beyond = beyond || v < 0
        least = v > 0 && v < least ? v : least
        most = v > most ? v : most
    }
}
most = most > 0 ? most : 1
least = least < most ? least : most / 2
top = beyond ? 2 * most : 1.25 * most

# A line that leaves through the upper edge: beyond the horizon.
seconds(c) = valid(c) ? column(c) : top
step = (0.985 - 0.09) / panels
array dashes[3] = [3, 1, 2]
array widths[3] = [1, 1.5, 1]
# Of series that run one over the other the first is seen at the edges of the last.
width(s, q) = widths[q] * (1.6 + 1.5 * (series - 1 - s))
array ranks[3] = ['first', 'median', 'last']

set logscale xy
set xrange [0.8 * N_min:1.25 * N_max]
set yrange [0.8 * least:top]
set xtics ('1' 1, '10' 10, '100' 100, '1,000' 1000, '10,000' 10000)
set bmargin at screen 0.13
set tmargin at screen 0.755
set xlabel 'front ends (log scale)'
set key noenhanced at screen 0.025, screen 0.925 left top vertical maxrows 3 Left reverse samplen 4 width 2
do for [t = 1:2] {
    if (t == 1) {
        set terminal @SVG
        set output 'front-ends.svg'
    } else {
        set terminal @PNG
        set output 'front-ends.png'
    }
    set multiplot
    do for [p = 0:panels - 1] {
        left = 0.09 + p * step
        set lmargin at screen left + 0.01
        set rmargin at screen left + step - 0.02
        unset label
        set label 2 panel_name[p + 1] at graph 0.03, graph 1.045 left noenhanced textcolor rgb '#222222'
        if (p == 0) {
            set label 1 title_of_all at screen 0.03, screen 0.955 left noenhanced font ',17' textcolor rgb '#111111'
            set label 3 'outage, p50 of trials (log scale)' at screen 0.018, graph 0.5 center rotate by 90
            set key on
        } else {
            unset key
        }
        eval 'set ytics '.time_tics(0.8 * least, top, p == 0)
        if (beyond) { set ytics add (p == 0 ? 'beyond' : '' top) }
        plot for [s = 0:series - 1] for [q = 0:2] \
                 data every ::(from[line(p, s)])::(to[line(p, s)]) \
                 using (to[line(p, s)] < 0 ? NaN : $5):(seconds(6 + 3 * q)) with linespoints \
                 linewidth width(s, q + 1) dashtype dashes[q + 1] linecolor rgb colour(s + 1) \
                 pointtype 4 + q pointsize 0.7 notitle, \
             for [s = 0:series - 1] NaN title series_name[s + 1] with lines linewidth 3 linecolor rgb colour(s + 1), \
             for [q = 0:2] NaN title ranks[q + 1].' front end' with linespoints linewidth 2 \
                 dashtype dashes[q + 1] linecolor rgb '#666666' pointtype 4 + q pointsize 0.7
    }
    unset multiplot
}
