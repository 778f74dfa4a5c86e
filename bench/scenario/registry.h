/* The one registry of parameters: it parses scenarios, --set and manifests, prints lists and
 * errors. */
#ifndef BENCH_SCENARIO_REGISTRY_H
#define BENCH_SCENARIO_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Kinds of things a scenario speaks of. Single: X(name), also the member of struct params.
 * Several, listed by name: X(name, array in struct params, its count, most). */
#define PARAM_SINGLE_KINDS(X)                                                                      \
    X(trial) X(failure) X(front_end) X(cluster) X(arp) X(app) X(alarm) X(policy) X(kerberos) X(storm)
#define PARAM_SEVERAL_KINDS(X)                                                                     \
    X(class, traffic, classes, APP_CLASSES_MAX)                                                    \
    X(stack, stack, stacks, WORLD_INSTANCES_MAX)                                                   \
    X(node, node, nodes, WORLD_INSTANCES_MAX)                                                      \
    X(crypto, crypto, cryptos, WORLD_INSTANCES_MAX)                                                \
    X(link, link, links, WORLD_INSTANCES_MAX)                                                      \
    X(resource, resource, resources, CLUSTER_RESOURCES_MAX)                                        \
    X(smtp, smtp, smtps, TLS_SMTPS_MAX)                                                            \
    X(server, server, servers, TLS_SERVERS_MAX)                                                    \
    X(store, store, stores, TLS_STORES_MAX)                                                        \
    X(cert, cert, certs, TLS_CERTS_MAX)                                                            \
    X(peer, peer, peers, WORLD_PEERS_MAX)

enum param_kind {
#define X(name, ...) KIND_##name,
    PARAM_SINGLE_KINDS(X) PARAM_SEVERAL_KINDS(X)
#undef X
        PARAM_KIND_COUNT
};

/* Types of values, with how a scenario writes them. In struct params: int64_t for all but share,
 * rate, number and bit rate (double), law (struct law, ns), refs (uint64_t bit set), table (const
 * struct law_table *). */
enum param_type {
    TYPE_TIME,    /* 300s, 1.2s, 3ms, 250us, 10ns, 5min, 1h: the unit is required */
    TYPE_SHARE,   /* 2% */
    TYPE_RATE,    /* 5/s, 0.3/min, 12/h */
    TYPE_NUMBER,  /* 1.8 */
    TYPE_COUNT,   /* 6 */
    TYPE_SWITCH,  /* on, off */
    TYPE_CHOICE,  /* one of a list of words */
    TYPE_REF,     /* name of an instance of another kind; or its default, a word for none */
    TYPE_REFS,    /* [disk, name] names of instances; [] none */
    TYPE_LAW,     /* 2s, or lognormal(median=2s, sigma=0.7): drawn per use */
    TYPE_BITRATE, /* 10mbit; bit, kbit, mbit, gbit: a second */
    TYPE_TABLE,   /* uniform, normal, pareto, paretonormal, experimental, or PATH.dist */
    TYPE_DATE,    /* 2007-04-25, or 2007-04-25T12:30:00Z; UTC: int64_t seconds since 1970 */
    TYPE_DNS,     /* hub1.contoso.com, or none: const char * */
    TYPE_DNSES,   /* [hub1.contoso.com, hub1]: const struct tls_names * */
    TYPE_FOLDER,  /* path of a folder, or none: const char * */
    TYPE_HEX,     /* thumbprint, 40 hex digits, or none: const uint8_t * */
};

struct param_def {
    enum param_kind kind;
    const char *field;
    enum param_type type;
    size_t offset;              /* in the kind's struct */
    const char *initial;        /* default, as a scenario would write it; NULL: must be given */
    const char *least, *most;   /* range, as a scenario would write it; for laws: of every value it
                                 * can   yield except that an unbounded tail may exceed `most` */
    const char *const *choices; /* TYPE_CHOICE: names by value, NULL-terminated */
    enum param_kind of;         /* TYPE_REF, TYPE_REFS: of which kind */
    const char *meaning;        /* one line */
    const char *source; /* where the default comes from; "assumed" where nothing is published */
};

extern const struct param_def param_defs[];
extern const size_t param_def_count;

const char *param_kind_name(enum param_kind kind);

/* How many instances of a kind there may be; 0: the kind is single and has no instance names. */
int param_kind_most(enum param_kind kind);

/* Where in struct params instance i of a kind begins, and where its count is (several only). */
size_t param_kind_offset(enum param_kind kind, int instance);
size_t param_kind_size(enum param_kind kind);
size_t param_count_offset(enum param_kind kind);

/* The parameter `field` of a kind; NULL when there is none. */
const struct param_def *param_find(enum param_kind kind, const char *field);

/* A share whose default is this word takes the word too: it is then worked out from other keys, as
 * its meaning says, and is stored as LINK_SHARE_AUTO. */
#define PARAM_AUTO "auto"
bool param_takes_auto(const struct param_def *def);

/* What an optional name (TYPE_REF with a default) that names nothing is stored as. */
enum { PARAM_NOBODY = -1 };

/* Writes the key, "link.lan.delay" or "trial.horizon", and returns `key`. */
enum { PARAM_KEY_MAX = 96 };
char *param_key(char key[PARAM_KEY_MAX], const struct param_def *def, const char *instance);

/* `ikebench list params`: a table of every key, default, range, unit, meaning and source. */
void registry_print(FILE *out);

#endif
