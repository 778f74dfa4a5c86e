# Changes with their 95 % intervals, one row each: forest.csv -> forest.svg, forest.png
data = 'forest.csv'
stats data using 1 skip 1 nooutput name 'R'
rows = R_records
set tmargin at screen top_below_key(2)
set lmargin at screen 0.24
unset key
set yrange [rows - 0.5:-0.5]
set ytics scale 0 noenhanced
set xlabel 'change of the candidate, % of the base (left of 0: better)'
set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead linecolor rgb '#444444' linewidth 1.5
# Verdicts in the order of compare.h: better, worse, equivalent, identical, none, unknown.
shade(v) = v == 0 ? 0x009E73 : v == 1 ? 0xD55E00 : v <= 3 ? 0x0072B2 : 0x777777

set terminal @SVG
set output 'forest.svg'
plot data using 3:1:4:5:(shade($6)):ytic(strcol(2)) skip 1 \
         with xerrorbars pointtype 7 pointsize 0.9 linewidth 2.5 linecolor rgb variable
set terminal @PNG
set output 'forest.png'
replot
