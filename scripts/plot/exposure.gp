# What could be read on the wire: classes.csv -> exposure.svg, exposure.png. A bar for each arm, the classes one
# after the other: Basic passwords, and requests whose content left the front end in clear; means of a trial.
data = 'classes.csv'
stats data using 1 skip 1 nooutput name 'A'
stats data using 3 skip 1 nooutput name 'C'
arms = int(A_max) + 1
classes = int(C_max) + 1
array class_name[classes]
array arm_name[arms]
array value[2 * arms * classes]
at(panel, i, k) = panel * arms * classes + i * classes + k + 1
longest = 0
do for [n = 1:arms * classes] {
    stats data every ::n::n using (i = int(column(1)), k = int(column(3)), \
        arm_name[i + 1] = wrapped(decode(strcol(2)), 40), class_name[k + 1] = strcol(4), \
        value[at(0, i, k)] = column(9), value[at(1, i, k)] = column(8), 0) nooutput
    longest = larger(longest, longest_line(arm_name[i + 1]))
}
before(panel, i, k) = k < 1 ? 0 : sum [m = 0:k - 1] value[at(panel, i, m)]
whole(panel, i) = before(panel, i, classes)
array most[2]
do for [panel = 0:1] {
    most[panel + 1] = 0
    do for [i = 0:arms - 1] {
        most[panel + 1] = whole(panel, i) > most[panel + 1] ? whole(panel, i) : most[panel + 1]
    }
    most[panel + 1] = most[panel + 1] > 0 ? most[panel + 1] : 1
}
number(v) = v == 0 ? 'none' : v >= 99.5 ? sprintf('%.0f', v) : v >= 9.95 ? sprintf('%.1f', v) : sprintf('%.2f', v)
# 1, 2 or 5 times a power of ten, not below x.
power(x) = 10.0 ** floor(log10(x))
tic_step(x) = x <= power(x) ? power(x) : x <= 2 * power(x) ? 2 * power(x) : x <= 5 * power(x) ? 5 * power(x) : 10 * power(x)
patterns = '2 4 1 6 5 7 2 4'
array words[2] = ['passwords in clear, a trial', 'requests in clear, a trial']
names = 0.03 + 0.0068 * longest
width = (0.965 - names) / 2

set yrange [arms - 0.4:-0.6]
set ytics scale 0 format ''
set grid noytics
set bmargin at screen 0.15
set tmargin at screen 0.79
do for [t = 1:2] {
    if (t == 1) {
        set terminal @SVG
        set output 'exposure.svg'
    } else {
        set terminal @PNG
        set output 'exposure.png'
    }
    set multiplot
    do for [panel = 0:1] {
        left = names + panel * width
        unset label
        set lmargin at screen left
        set rmargin at screen left + width - 0.03
        set xrange [0:1.22 * most[panel + 1]]
        set xtics tic_step(most[panel + 1] / 3.0)
        set xlabel words[panel + 1]
        if (panel == 0) {
            set label 1 title_text at screen 0.03, screen 0.955 left noenhanced font ',17' textcolor rgb '#111111'
            set key noenhanced horizontal maxcols classes at screen 0.03, screen 0.91 left top Left reverse samplen 2
        } else {
            unset key
        }
        do for [i = 0:arms - 1] {
            if (panel == 0) {
                set label 100 + i arm_name[i + 1] at graph -0.02, first i right noenhanced font ',12' \
                    textcolor rgb '#222222'
            }
            set label 200 + i number(whole(panel, i)) at first whole(panel, i), first i left offset 0.7, 0 \
                textcolor rgb '#222222'
        }
        plot for [k = 0:classes - 1] data using (0):(int(column(3)) == k ? column(1) : NaN): \
             (before(panel, int(column(1)), k)):(before(panel, int(column(1)), k + 1)): \
             (column(1) - 0.3):(column(1) + 0.3) skip 1 \
             with boxxyerror linecolor rgb colour(k + 1) \
             fillstyle transparent pattern int(word(patterns, k % words(patterns) + 1)) border \
             title class_name[k + 1]
    }
    unset multiplot
}
