# Changes with their 95 % intervals, one row each: forest.csv -> forest.svg, forest.png
# One row that dwarfs the others would leave all of them on the zero line: the axis fits what lies
# within -100 % and +200 %; what lies beyond is an arrow at the edge, with its value in words.
data = 'forest.csv'
limit = 200.0
stats data using 1 skip 1 nooutput name 'R'
inside = 0
stats data using (inside = inside + ($3 <= limit), 0) skip 1 nooutput
rows = R_records
limit = inside > 0 ? limit : 1e300
stats data using ($3 <= limit ? ($4 > -100 ? $4 : -100) : NaN) skip 1 nooutput name 'L'
stats data using ($3 <= limit ? ($5 < limit ? $5 : limit) : NaN) skip 1 nooutput name 'H'
least = L_min < -1 ? L_min : -1
most = H_max > 1 ? H_max : 1
left = least - 0.04 * (most - least)
right = most + 0.04 * (most - least)
beyond(c) = column(c) > limit

group(n) = n < 1000 ? sprintf('%d', n) : group(n / 1000).sprintf(',%03d', n % 1000)
percent(x) = abs(x) < 1e15 ? (x < 0 ? '-' : '+').group(int(abs(x) + 0.5)) : sprintf('%+.2g', x)
in_words(n) = percent(column(3)).' % ['.percent(column(4)).', '.percent(column(5)).']'

set tmargin at screen 0.86
set lmargin at screen 0.24
unset key
set yrange [rows - 0.5:-0.5]
set xrange [left:right]
set ytics scale 0 noenhanced
set xlabel 'change of the candidate, % of the base (left of 0: better)'
set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead linecolor rgb '#444444' linewidth 1.5
set style textbox opaque noborder fillcolor rgb '#ffffff'
# Verdicts in the order of compare.h: better, worse, equivalent, identical, none, unknown.
shade(v) = v == 0 ? 0x009E73 : v == 1 ? 0xD55E00 : v <= 3 ? 0x0072B2 : 0x777777
array verdict[5] = [0, 1, 2, 4, -1]
array said[5] = ['better', 'worse', 'equivalent or identical', 'no evidence', 'bars: 95 % intervals']
array from[5] = [0.04, 0.14, 0.23, 0.45, 0.59]
do for [i = 1:4] {
    set label 10 + i said[i] at screen from[i], screen 0.905 left offset 1, -0.12 point pointtype 7 \
        pointsize 0.9 linecolor rgb shade(verdict[i]) textcolor rgb shade(verdict[i])
}
set label 15 said[5] at screen from[5], screen 0.905 left textcolor rgb '#222222'

set terminal @SVG
set output 'forest.svg'
plot data using (0):1:ytic(strcol(2)) skip 1 with points pointtype -1 notitle, \
     data using (beyond(3) ? NaN : $3):1:($4 > left ? $4 : left):($5 < right ? $5 : right):(shade($6)) \
         skip 1 with xerrorbars pointtype 7 pointsize 0.9 linewidth 2.5 linecolor rgb variable notitle, \
     data using (beyond(3) ? right - 0.05 * (right - left) : NaN):1:(0.05 * (right - left)):(0):(shade($6)) \
         skip 1 with vectors head filled size screen 0.012, 20 linewidth 2.5 linecolor rgb variable notitle, \
     data using (beyond(3) ? right - 0.06 * (right - left) : -1e9):1:(in_words(0)):(shade($6)) \
         skip 1 with labels boxed right noenhanced textcolor rgb variable notitle
set terminal @PNG
set output 'forest.png'
replot
