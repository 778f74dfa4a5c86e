# p99 of the outage for two swept values: heatmap.csv -> heatmap.svg, heatmap.png
# One row for each cell: place in x and y from 0, p99 in seconds (empty: beyond the horizon), 1 where
# its interval reaches the best cell, then the texts of the two values. The header has the two keys.
data = 'heatmap.csv'
x_label = ''
y_label = ''
stats data every ::0::0 using (x_label = decode(strcol(1)), y_label = decode(strcol(2)), 0) nooutput
stats data using 1 skip 1 nooutput name 'X'
stats data using 2 skip 1 nooutput name 'Y'
stats data using 3 skip 1 nooutput name 'Z'

set label 1 title_of_all
set xlabel x_label noenhanced offset 0, -0.8
set ylabel y_label noenhanced offset -3, 0
set xtics scale 0 format ''
set ytics scale 0 format ''
do for [k = 1:Z_records + Z_invalid + Z_blank] {
    stats data every ::k::k using (i = $1, j = $2, x = decode(strcol(5)), y = decode(strcol(6)), 0) \
        nooutput
    if (j == 0) {
        set label x at first i, graph -0.03 center noenhanced font ',12' textcolor rgb '#222222'
    }
    if (i == 0) {
        set label y at graph -0.01, first j right noenhanced font ',12' textcolor rgb '#222222'
    }
}
set xrange [-0.5:X_max + 0.5]
set yrange [-0.5:Y_max + 0.5]
highest = Z_max > Z_min ? Z_max : Z_min + 1
set cbrange [Z_min:highest]
set cblabel 'p99 of the outage, seconds'
set palette defined (0 '#440154', 25 '#3b528b', 50 '#21918c', 75 '#5ec962', 100 '#fde725')
unset grid
set lmargin at screen 0.16
set rmargin at screen 0.86
set tmargin at screen 0.86
set key at screen 0.14, screen 0.9 left horizontal samplen 2

dark(s) = s < Z_min + 0.45 * (highest - Z_min)
number(s) = s >= 100 ? sprintf('%.0f', s) : s >= 10 ? sprintf('%.1f', s) : sprintf('%.2f', s)
cell(n) = valid(3) ? number(column(3)) : 'beyond'

set terminal @SVG
set output 'heatmap.svg'
plot data using 1:2:($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5):3 skip 1 \
         with boxxyerror linecolor palette fillstyle solid 1 noborder notitle, \
     data using ($4 == 1 ? $1 : NaN):2:($1 - 0.48):($1 + 0.48):($2 - 0.47):($2 + 0.47) skip 1 \
         with boxxyerror linecolor rgb '#000000' linewidth 3 fillstyle empty \
         title 'its 95 % interval reaches down to the best', \
     data using 1:2:(cell(0)):(valid(3) && dark(column(3)) ? 0xffffff : 0x000000) \
         skip 1 with labels textcolor rgb variable notitle
set terminal @PNG
set output 'heatmap.png'
replot
