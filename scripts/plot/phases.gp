# Where the time goes, by how long the outage was: phases.csv -> phases.svg, phases.png
data = 'phases.csv'
stats data using 3 skip 1 nooutput name 'T'
first = 4
# Phases that these trials have none of (-1 everywhere: another system's) are left out.
used = ''
do for [i = first:T_columns] {
    stats data using i skip 1 nooutput name 'P'
    if (P_max >= 0) { used = used.' '.i }
}
phase(k) = int(word(used, k))

set yrange [0:T_max > 0 ? 1.08 * T_max : 1]
set xrange [-0.6:T_records - 0.4]
set ylabel 'seconds (mean of the band)'
set xlabel 'trials by length of their outage'
set grid noxtics
set xtics scale 0
set key default
set key noenhanced outside right center vertical invert Left reverse samplen 2 spacing 1.5
set rmargin at screen 0.77
set tmargin at screen 0.9
# Of a sweep (`base` is set): one bar for each arm, whose name stands below it.
arms = exists('base')
if (arms) {
    set xlabel ''
    set ylabel 'seconds (mean of the trials that recovered)'
    set xtics format ''
    array name[T_records]
    longest = 0
    do for [i = 1:T_records] {
        stats data every ::i::i using (name[i] = decode(strcol(1)), 0) nooutput
        longest = larger(longest, strlen(name[i]))
    }
    # Steep and in at most three lines long names do not run into those of the next bar.
    steep = longest > 24
    width = 0
    do for [i = 1:T_records] {
        name[i] = steep ? wrapped(name[i], larger(28, longest / 3 + 6)) : name[i]
        width = larger(width, longest_line(name[i]))
        set label 100 + i name[i] at first i - 1, graph -0.03 right rotate by (steep ? 45 : 20) \
            noenhanced font ',12' textcolor rgb '#222222'
    }
    # A character is 0.0069 of the width and 0.0118 of the height; the first bar's name needs most.
    to_bar = 0.6 / (T_records + 0.2)
    reach = 0.02 + width * 0.0069 * (steep ? 0.71 : 0.94)
    set lmargin at screen larger(0.1, (reach - 0.77 * to_bar) / (1 - to_bar))
    bottom = larger(0.2, 0.1 + width * 0.0118 * (steep ? 0.71 : 0.34))
    set bmargin at screen bottom
    set key spacing larger(0.8, 1.5 - 3 * (bottom - 0.2))
}
bar_name(i) = arms ? '' : strcol(1)
# By phase: a colour of the palette and a pattern.
phase_colours = '#0072B2 #56B4E9 #D55E00 #CC79A7 #009E73 #999999 #000000 ' \
    .'#D55E00 #999999 #CC79A7 #009E73 #000000 #E69F00'
phase_patterns = '2 4 1 6 5 7 2 6 5 4 1 7 4'
pick(list, i) = word(list, (i - first) % words(list) + 1)
part(k) = column(k) > 0 ? column(k) : 0
top(i) = i < first ? 0 : sum [k = first:i] part(k)
duration(s) = s >= 100 ? sprintf('%.0f s', s) : s >= 10 ? sprintf('%.1f s', s) : sprintf('%.2f s', s)

set terminal @SVG
set output 'phases.svg'
plot for [k = 1:words(used)] data \
         using 0:(0):($0 - 0.31):($0 + 0.31):(top(phase(k) - 1)):(top(phase(k))):xticlabels(bar_name(0)) \
         skip 1 notitle \
         with boxxyerror linecolor rgb pick(phase_colours, phase(k)) fillstyle solid 0.35 noborder, \
     for [k = 1:words(used)] data \
         using 0:(0):($0 - 0.31):($0 + 0.31):(top(phase(k) - 1)):(top(phase(k))) title columnheader(phase(k)) \
         with boxxyerror linecolor rgb pick(phase_colours, phase(k)) \
         fillstyle transparent pattern int(pick(phase_patterns, phase(k))) border, \
     data using 0:3:(duration($3)) skip 1 with labels offset 0, 0.7 textcolor rgb '#222222' notitle
set terminal @PNG
set output 'phases.png'
replot
