/* The rows of parts, one after the other. */
#include "parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

/* One part's file of rows on its way. */
struct reading {
    char *path;
    long long at; /* of the first byte that was not taken */
    uint64_t line;
};

/* What all parts' rows go through. */
struct join {
    const struct parts *parts;
    FILE *out;
    char *header; /* of the first part */
    struct reading *reading;
    struct error *error;
};

/* Reads and drops the header, which all must have. */
static bool take_header(struct join *join, struct reading *reading, FILE *in, bool first)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n = getline(&line, &room, in);
    bool good = n > 0 && line[n - 1] == '\n';
    if (!good) {
        error_set(join->error, EXIT_INPUT, "%s: the file is cut off", reading->path);
    } else if (first) {
        join->header = line;
        line = NULL;
        good = stage_put(join->out, "trials.csv", join->header, (size_t)n, join->error);
    } else if (strcmp(line, join->header) != 0) {
        good = error_at(join->error, reading->path, 1, 1, "other columns than the first part has");
    }
    free(line);
    reading->at = n;
    reading->line = 1;
    return good;
}

/* "ARM,TRIAL,..." or "TRIAL,..."; *arm stays what it is without arms. */
static bool read_numbers(const char *line, bool arms, uint64_t *arm, uint64_t *trial)
{
    char *end;
    if (arms) {
        *arm = strtoull(line, &end, 10);
        if (end == line || *end != ',')
            return false;
        line = end + 1;
    }
    *trial = strtoull(line, &end, 10);
    return end != line && (*end == ',' || *end == '\n');
}

/* The rows of one arm of one part. */
static bool join_rows(struct join *join, struct reading *reading, FILE *in, uint64_t arm,
                      const struct part *part)
{
    char *line = NULL;
    size_t room = 0;
    uint64_t rows = 0;
    bool good = true;
    for (ssize_t n; good && rows < part->trials && (n = getline(&line, &room, in)) > 0; rows++) {
        uint64_t own_arm = 0, trial;
        reading->line++;
        reading->at += n;
        if (line[n - 1] != '\n')
            good = error_at(join->error, reading->path, reading->line, 1, "the file is cut off");
        else if (!read_numbers(line, join->parts->arms > 0, &own_arm, &trial) || own_arm != arm ||
                 trial != part->first + rows)
            good = error_at(join->error, reading->path, reading->line, 1,
                            "trial %" PRIu64 " is due here", part->first + rows);
        else
            good = stage_put(join->out, "trials.csv", line, (size_t)n, join->error);
    }
    free(line);
    if (good && rows < part->trials)
        return error_set(join->error, EXIT_INPUT,
                         "%s: %" PRIu64 " rows where its manifest.json says %" PRIu64 " trials",
                         reading->path, rows, part->trials);
    return good;
}

static bool join_part(struct join *join, size_t i, uint64_t arm, bool last)
{
    struct reading *reading = &join->reading[i];
    FILE *in = fopen(reading->path, "re");
    if (in == NULL)
        return error_set(join->error, EXIT_INPUT, "%s: %s", reading->path, strerror(errno));
    bool good = fseeko(in, (off_t)reading->at, SEEK_SET) == 0 &&
                (arm > 0 || take_header(join, reading, in, i == 0)) &&
                join_rows(join, reading, in, arm, &join->parts->part[i]);
    if (good && last && getc(in) != EOF)
        good = error_at(join->error, reading->path, reading->line + 1, 1,
                        "more rows than its manifest.json says");
    fclose(in);
    return good;
}

static bool join_all(struct join *join)
{
    size_t arms = join->parts->arms > 0 ? join->parts->arms : 1;
    for (uint64_t arm = 0; arm < arms; arm++)
        for (size_t i = 0; i < join->parts->n; i++)
            if (!join_part(join, i, arm, arm + 1 == arms))
                return false;
    return true;
}

bool parts_join_rows(const struct parts *parts, const struct stage *stage, struct error *error)
{
    struct join join = {.parts = parts,
                        .out = stage_file(stage, "trials.csv", error),
                        .reading = calloc(parts->n, sizeof *join.reading),
                        .error = error};
    CHECK(join.reading != NULL);
    for (size_t i = 0; i < parts->n; i++)
        join.reading[i].path = path_join(parts->part[i].dir, "trials.csv");
    bool good = join.out != NULL && join_all(&join);
    struct error close_error;
    if (join.out != NULL && !stage_close_file(join.out, "trials.csv", &close_error) && good) {
        *error = close_error;
        good = false;
    }
    for (size_t i = 0; i < parts->n; i++)
        free(join.reading[i].path);
    free(join.reading);
    free(join.header);
    return good;
}

/* The file of that name of the part with the most trials that has it; NULL: none has. */
static FILE *open_best(const struct parts *parts, const char *name)
{
    FILE *best = NULL;
    uint64_t trials = 0;
    for (size_t i = 0; i < parts->n; i++) {
        char *path = path_join(parts->part[i].dir, name);
        FILE *in = parts->part[i].trials > trials ? fopen(path, "re") : NULL;
        free(path);
        if (in == NULL)
            continue;
        if (best != NULL)
            fclose(best);
        best = in;
        trials = parts->part[i].trials;
    }
    return best;
}

bool parts_have(const struct parts *parts, const char *name)
{
    FILE *in = open_best(parts, name);
    if (in != NULL)
        fclose(in);
    return in != NULL;
}

bool parts_copy(const struct parts *parts, const char *name, const struct stage *stage,
                struct error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *in = open_best(parts, name);
    if (in == NULL)
        return true;
    ssize_t n = getdelim(&text, &size, '\0', in);
    bool good = n < 0 || whole_file_write(stage->partial, name, text, (size_t)n, error);
    fclose(in);
    free(text);
    return good;
}
