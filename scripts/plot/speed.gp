# How fast it is: speed.csv -> speed.svg, speed.png
# One bar for each measurement: what, per what, ns, yardsticks, target in yardsticks (0: none), whether it
# is of the engine that is compared with.
data = 'speed.csv'
stats data using 4 skip 1 nooutput name 'Y'
n = Y_records
set logscale x
least = 0.1
set xrange [least:8 * Y_max]
set xtics format '%g'
set xlabel 'yardsticks (one gsl_rng_uniform of GSL''s mt19937), log scale; left is faster' noenhanced
set ytics scale 0 noenhanced font ',11'
set yrange [n - 0.4:-0.6]
unset grid
set grid x linecolor rgb '#dddddd' linetype 1 linewidth 1
set lmargin at screen 0.36
set tmargin at screen top_below_key(1)
set bmargin at screen 0.09
set key horizontal
digits(x) = x < 10 ? sprintf('%.2f', x) : x < 100 ? sprintf('%.1f', x) : sprintf('%.0f', x)
words_of(y, ns) = digits(y).' y, '.(ns < 999.5 ? digits(ns).' ns' : digits(ns / 1e3).' us')
shade(peer) = peer > 0 ? 0xD55E00 : 0x0072B2

set terminal svg size 960,900 dynamic font 'sans-serif,14' dashlength 0.6 background '#ffffff'
set output 'speed.svg'
plot data using (least):0:(least):4:($0 - 0.32):($0 + 0.32):(shade($6)):ytic(decode(strcol(1)).' (per '.strcol(2).')') skip 1 \
         with boxxyerror fillstyle solid 0.6 noborder linecolor rgb variable notitle, \
     data using ($5 > 0 ? $5 : NaN):($0 - 0.42):(0):(0.84) skip 1 with vectors nohead linewidth 3 \
         linecolor rgb '#000000' notitle, \
     data using (($4 > $5 ? $4 : $5) * 1.15):0:(words_of($4, $3)) skip 1 with labels left font ',11' \
         noenhanced textcolor rgb '#222222' notitle, \
     NaN with boxes fillstyle solid 0.6 noborder linecolor rgb '#0072B2' title 'ikebench', \
     NaN with boxes fillstyle solid 0.6 noborder linecolor rgb '#D55E00' title 'SimPy', \
     NaN with lines linewidth 3 linecolor rgb '#000000' title 'target'
set terminal pngcairo size 1440,1350 font 'sans-serif,16' dashlength 0.6 linewidth 1.4 background '#ffffff'
set output 'speed.png'
replot
