# For which gap and request rate the KB's seconds hold: claims-g5.csv -> claims-g5.svg, claims-g5.png
data = 'claims-g5.csv'
stats data using 1 skip 1 nooutput name 'X'
stats data using 2 skip 1 nooutput name 'XH'
stats data using 3 skip 1 nooutput name 'Y'
stats data using 4 skip 1 nooutput name 'YH'

set logscale xy
set xrange [X_min:XH_max]
set yrange [Y_min:YH_max]
set xlabel 'V: the address leaves the first node until the second answers on it (log scale)'
set ylabel 'requests of the protected class (log scale)'
set xtics ('0.3 s' 0.3, '0.5 s' 0.5, '1 s' 1, '2 s' 2, '3 s' 3, '5 s' 5, '10 s' 10, '15 s' 15)
set ytics ('1 in 100 s' 0.01, '1 in 32 s' 10 ** -1.5, '1 in 10 s' 0.1, '1 in 3.2 s' 10 ** -0.5, \
    '1/s' 1, '3.2/s' 10 ** 0.5, '10/s' 10)
set cbrange [0:100]
set cbtics ('0 %%' 0, '25 %%' 25, '50 %%' 50, '75 %%' 75, '90 %%' 90, '100 %%' 100)
set palette defined (0 '#440154', 25 '#3b528b', 50 '#21918c', 75 '#5ec962', 100 '#fde725')
unset grid
set lmargin at screen 0.14
set rmargin at screen 0.88
set tmargin at screen 0.86
set key at screen 0.14, screen 0.9 left horizontal samplen 2

share(n) = valid(7) ? 100 * column(7) : NaN
middle(a, b) = sqrt(a * b)
inset = 1.012
number(s) = s >= 10 && s < 99.5 || s >= 100 ? sprintf('%.0f', s) : s >= 99.5 ? '>99' : sprintf('%.1f', s)

set terminal @SVG
set output 'claims-g5.svg'
plot data using (middle($1, $2)):(middle($3, $4)):1:2:3:4:(share(0)) skip 1 \
         with boxxyerror linecolor palette fillstyle solid 1 noborder notitle, \
     data using ($10 == 1 ? middle($1, $2) : NaN):(middle($3, $4)):($1 * inset):($2 / inset): \
         ($3 * inset):($4 / inset) skip 1 with boxxyerror linecolor rgb '#000000' linewidth 3 \
         fillstyle empty title 'the claim holds: lower end of the 95 % interval is 90 % or more', \
     data using (middle($1, $2)):(middle($3, $4)):(number(share(0))):(share(0) < 45 ? 0xffffff : 0x000000) \
         skip 1 with labels textcolor rgb variable notitle
set terminal @PNG
set output 'claims-g5.png'
replot
