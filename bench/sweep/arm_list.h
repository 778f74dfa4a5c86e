/* arms.csv: which arm of a sweep has which number, name and values.
 * Separate because it is what readers of a sweep's folder need to know: summary, pictures and
 * comparisons read it and never the scenario. */
#ifndef BENCH_SWEEP_ARM_LIST_H
#define BENCH_SWEEP_ARM_LIST_H

#include <stddef.h>
#include <stdio.h>

#include "../base/error.h"
#include "../out/stage.h"

enum { ARM_NAME_MAX = 96 }; /* bytes: what a legend has room for in the width of a picture */

struct arm {
    char *name;
    char **value; /* one for each key: text that reads back as the same value */
};

struct arm_list {
    char **key;
    size_t keys;
    struct arm *arm; /* by number */
    size_t n;
};

/* May this be the name of an arm? Printable UTF-8, 1 to ARM_NAME_MAX bytes. */
bool arm_name_is_good(const char *name);

/* Adds an arm; takes copies. */
void arm_list_add(struct arm_list *arms, const char *name, const char *const *value);

/* The shortest end of each key, in whole parts, that no other key has: short[i] is a part of
 * key[i]. */
void arm_list_short_keys(const struct arm_list *arms, const char **short_key);

/* Has the key more than one value? */
bool arm_list_varies(const struct arm_list *arms, size_t key);

/* "arm 7", for arms of a sweep whose values would be too long a name. */
void arm_number_name(char name[ARM_NAME_MAX + 1], size_t number);

/* For people, of each arm whose name is only its number: "arm 7: idle=60s load=10%". */
void arm_list_legend(const struct arm_list *arms, FILE *out);

/* Writes arms.csv: arm,name,KEY,... */
bool arm_list_write(const struct arm_list *arms, const struct stage *stage, struct error *error);

/* Does the folder hold the results of a sweep? */
bool arm_list_there(const char *dir);

/* Reads DIR/arms.csv. EXIT_INPUT with the line: no such file, arms that are not numbered 0, 1, ...,
 * a name that cannot be one. To be freed by arm_list_fini when true. */
bool arm_list_read(struct arm_list *arms, const char *dir, struct error *error);
void arm_list_fini(struct arm_list *arms);

#endif
