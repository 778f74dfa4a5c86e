/* The shortest decimal text of a double.
 * Separate because trials.csv holds a dozen of them a row, and to try %.15g, %.16g and %.17g took a
 * fifth of a planned move's time. */
#ifndef BENCH_OUT_DECIMAL_H
#define BENCH_OUT_DECIMAL_H

enum { DECIMAL_SIZE = 32 };

/* The first of %.15g, %.16g, %.17g that reads back as the same double; value must be finite. */
void decimal_text(double value, char text[DECIMAL_SIZE]);

#endif
