# Read before every script: terminals, fonts, colours, the title. Constant text: what users wrote is
# data (title.txt, headers of the CSV files) and is shown with noenhanced.
set encoding utf8
set datafile commentschars ''
SVG = "svg size 960,560 dynamic font 'sans-serif,14' dashlength 0.6 background '#ffffff'"
PNG = "pngcairo size 1440,840 font 'sans-serif,16' dashlength 0.6 linewidth 1.4 background '#ffffff'"

# Names of arms in headers have the byte 1 for a double quote, 3 for a backslash and 4 for a comma.
letter(s) = s eq "\001" ? '"' : s eq "\003" ? '\' : s eq "\004" ? ',' : s
decode(s) = strlen(s) < 2 ? letter(s) : \
    decode(s[1:strlen(s) / 2]).decode(s[strlen(s) / 2 + 1:strlen(s)])

# A long name in lines of at most `most` characters, broken at blanks where there are some.
blank_before(s, i) = i < 1 ? 0 : s[i:i] eq ' ' ? i : blank_before(s, i - 1)
broken(s, most, at) = at > 1 ? s[1:at - 1]."\n".wrapped(s[at + 1:*], most) : \
    s[1:most]."\n".wrapped(s[most + 1:*], most)
wrapped(s, most) = strlen(s) <= most ? s : broken(s, most, blank_before(s, most + 1))
first_line(s) = strstrt(s, "\n") > 0 ? s[1:strstrt(s, "\n") - 1] : s
other_lines(s) = strstrt(s, "\n") > 0 ? s[strstrt(s, "\n") + 1:*] : ''
larger(a, b) = a > b ? a : b
longest_line(s) = strlen(s) == 0 ? 0 : larger(strlen(first_line(s)), longest_line(other_lines(s)))

# Okabe-Ito, without the yellow that vanishes on white; never colour alone, so dashes go with it.
colours = '#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #000000 #999999'
colour(i) = word(colours, (i - 1) % words(colours) + 1)
dash(i) = (i - 1) % 5 + 1

# title.txt: T and the title, with the byte 1 for a double quote, where the reader would stop, and
# the byte 3 for a backslash, where it would see the start of an escape.
set datafile separator "\002"
title_data = ''
stats 'title.txt' using (title_data = strcol(1), 0) nooutput
title_text = ''
do for [i = 2:strlen(title_data)] {
    title_text = title_text.(title_data[i:i] eq "\001" ? '"' : \
        title_data[i:i] eq "\003" ? '\' : title_data[i:i])
}
set datafile separator comma
set label 1 title_text at screen 0.03, screen 0.955 left noenhanced font ',17' textcolor rgb '#111111'

# Where every arm of a sweep is shown, whatever the title says of curves and bars.
note_at = strstrt(title_text, ' (curves, bars:')
title_of_all = note_at > 0 ? title_text[1:note_at - 1] : title_text

set border 3 linecolor rgb '#444444'
set tics nomirror out textcolor rgb '#222222'
set grid linecolor rgb '#dddddd' linetype 1 linewidth 1
set key noenhanced at screen 0.025, screen 0.935 left top vertical Left reverse samplen 3
top_below_key(entries) = 0.925 - 0.034 * entries
set lmargin at screen 0.1
set rmargin at screen 0.965
set bmargin at screen 0.13

# A time axis that a person reads, where the largest time is far above the usual one.
long_tail(median, least, most) = least > 0 && most > 20 * median
time_values = '0.001 0.01 0.1 0.2 0.5 1 2 5 10 30 60 120 300 600 1800 3600 36000'
time_names = '1 ms 10 ms 0.1 s 0.2 s 0.5 s 1 s 2 s 5 s 10 s 30 s 1 min 2 min 5 min 10 min 30 min 1 h 10 h'
time_name(i) = word(time_names, 2 * i - 1).' '.word(time_names, 2 * i)
usual_tics(i, named) = sprintf("'%s' %s", named ? time_name(i) : '', word(time_values, i)) \
    .(i < words(time_values) ? ', '.usual_tics(i + 1, named) : '')
usual_within(least, most) = sum [i = 1:words(time_values)] \
    ((word(time_values, i) + 0) >= least && (word(time_values, i) + 0) <= most)
# Between two of the usual ones an axis would have nothing to read from: even steps, at least three.
time_unit(s) = s >= 7200 ? 3600.0 : s >= 600 ? 60.0 : s >= 1 ? 1.0 : 1e-3
unit_name(s) = s >= 7200 ? 'h' : s >= 600 ? 'min' : s >= 1 ? 's' : 'ms'
round_down(x) = (x >= 5 * 10.0 ** floor(log10(x)) ? 5 : x >= 2 * 10.0 ** floor(log10(x)) ? 2 : 1) \
    * 10.0 ** floor(log10(x))
even_step(least, most) = time_unit(most) * round_down((most - least) / time_unit(most) / 3.5)
even_tics(at, step, most, named) = \
    sprintf("'%s' %.9g", named ? sprintf('%g %s', at / time_unit(most), unit_name(most)) : '', at) \
    .(at + step <= most ? ', '.even_tics(at + step, step, most, named) : '')
time_tics(least, most, named) = '('.(usual_within(least, most) >= 2 ? usual_tics(1, named) : \
    even_tics(even_step(least, most) * ceil(least / even_step(least, most)), even_step(least, most), \
        most, named)).')'
