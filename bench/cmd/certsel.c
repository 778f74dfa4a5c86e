#include "../certsel/explain.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/check.h"
#include "tls/store.h"

#include "../cert/pem.h"
#include "../scenario/plan.h"
#include "../scenario/text.h"
#include "cmd.h"

static const char help[] =
    "usage: ikebench certsel FILE [--server WHICH] [options]\n"
    "       ikebench certsel --pem DIR --directory CERT --fqdn NAME [options]\n"
    "\n"
    "Tells how an Exchange 2007 transport server selects its certificate for X-ANONYMOUSTLS: each "
    "step, what was\n"
    "tested, what was found, which event is logged, what to do (TechNet bb430773, bb430790). The "
    "server is one of a\n"
    "scenario, or is described by options, with its certificates in a folder of PEM files.\n"
    "\n"
    "  --server WHICH        sender (default), receiver or standby: of the scenario's smtp; the "
    "sender selects\n"
    "                        as for an outbound session, the others as for an inbound one\n"
    "  --set KEY=VALUE       overrides a key of the scenario\n"
    "  --trial K, --seed S   which generated certificates (default 0, 1)\n"
    "\n"
    "  --pem DIR             certificates and private keys: *.pem, *.crt, *.cer, *.key\n"
    "  --roots DIR           trusted root certificates, and lists of revoked ones (default: "
    "nothing is trusted)\n"
    "  --directory CERT      what msExchServerInternalTLSCert names: a thumbprint, a file of DIR, "
    "or one of\n"
    "                        null, unreadable\n"
    "  --fqdn NAME, --name NAME, --physical-fqdn NAME, --physical-name NAME\n"
    "                        the server's names (at least one)\n"
    "  --cluster-name NAME   it is a cluster or NLB host of this ClusterName\n"
    "  --role hub|edge       (default hub)\n"
    "  --inbound             the server receives (default: it sends)\n"
    "  --auth MECHANISM      of the connector (default ExchangeServer)\n"
    "  --address-space S     of an Edge server's Send connector: -- (default) or *\n"
    "  --delivery TYPE       of a Hub that sends: DeliveryType (default "
    "SmtpRelayWithinAdSitetoEdge)\n"
    "  --hub-to-hub R        of a Hub that sends: literal (default) or introduction\n"
    "  --clock DATE          (default now)\n"
    "\n"
    "  --format text|json    (default text)\n"
    "  --all                 every certificate of a large store\n"
    "\n"
    "The exit status is 0 whatever is decided.\n";

enum {
    OPT_SERVER = 256,
    OPT_SET,
    OPT_TRIAL,
    OPT_SEED,
    OPT_PEM,
    OPT_ROOTS,
    OPT_DIRECTORY,
    OPT_FQDN,
    OPT_NAME,
    OPT_PHYSICAL_FQDN,
    OPT_PHYSICAL_NAME,
    OPT_CLUSTER_NAME,
    OPT_ROLE,
    OPT_INBOUND,
    OPT_AUTH,
    OPT_SPACE,
    OPT_DELIVERY,
    OPT_HUB_TO_HUB,
    OPT_CLOCK,
    OPT_FORMAT,
    OPT_ALL,
    OPT_HELP
};

static const struct option long_options[] = {
    {"server", required_argument, NULL, OPT_SERVER},
    {"set", required_argument, NULL, OPT_SET},
    {"trial", required_argument, NULL, OPT_TRIAL},
    {"seed", required_argument, NULL, OPT_SEED},
    {"pem", required_argument, NULL, OPT_PEM},
    {"roots", required_argument, NULL, OPT_ROOTS},
    {"directory", required_argument, NULL, OPT_DIRECTORY},
    {"fqdn", required_argument, NULL, OPT_FQDN},
    {"name", required_argument, NULL, OPT_NAME},
    {"physical-fqdn", required_argument, NULL, OPT_PHYSICAL_FQDN},
    {"physical-name", required_argument, NULL, OPT_PHYSICAL_NAME},
    {"cluster-name", required_argument, NULL, OPT_CLUSTER_NAME},
    {"role", required_argument, NULL, OPT_ROLE},
    {"inbound", no_argument, NULL, OPT_INBOUND},
    {"auth", required_argument, NULL, OPT_AUTH},
    {"address-space", required_argument, NULL, OPT_SPACE},
    {"delivery", required_argument, NULL, OPT_DELIVERY},
    {"hub-to-hub", required_argument, NULL, OPT_HUB_TO_HUB},
    {"clock", required_argument, NULL, OPT_CLOCK},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"all", no_argument, NULL, OPT_ALL},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

struct command {
    struct cmd_sets sets;
    uint64_t trial, seed;
    const char *file, *pem, *roots, *directory;
    int scenario_option, pem_option; /* the last option that only one of the two ways takes */
    int edge_option, hub_option;     /* ... that only one role asks for when it sends */
    int server;
    struct tls_input input;
    bool json, all, asks_help;
};

/* One of a list of words: its place. */
static bool choose(int *chosen, const char *option, const char *text, const char *const *words,
                   size_t n, struct error *error)
{
    char known[256] = "";
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, words[i]) == 0) {
            *chosen = (int)i;
            return true;
        }
        size_t length = strlen(known);
        snprintf(known + length, sizeof known - length, "%s%s", i > 0 ? ", " : "", words[i]);
    }
    return error_set(error, EXIT_INPUT, "%s '%.80s': want one of %s", option, text, known);
}

static bool dns(const char **name, const char *option, struct error *error)
{
    *name = optarg;
    return text_is_dns(optarg) ||
           error_set(error, EXIT_INPUT, "%s '%.80s': want a DNS name", option, optarg);
}

#define WORD(name, ...)  #name,
#define TEXT(name, text) text,
#define CHOOSE(member, type, option, list, word)                                                   \
    do {                                                                                           \
        static const char *const words[] = {list(word)};                                           \
        int chosen = 0;                                                                            \
        bool good = choose(&chosen, option, optarg, words, COUNT_OF(words), error);                \
        (member) = (type)chosen;                                                                   \
        return good;                                                                               \
    } while (0)

static bool pem_option(struct command *c, int option, struct error *error)
{
    struct tls_input *in = &c->input;
    switch (option) {
    case OPT_PEM:
        c->pem = optarg;
        return true;
    case OPT_ROOTS:
        c->roots = optarg;
        return true;
    case OPT_DIRECTORY:
        c->directory = optarg;
        return true;
    case OPT_FQDN:
        return dns(&in->host.fqdn, "--fqdn", error);
    case OPT_NAME:
        return dns(&in->host.name, "--name", error);
    case OPT_PHYSICAL_FQDN:
        return dns(&in->host.physical_fqdn, "--physical-fqdn", error);
    case OPT_PHYSICAL_NAME:
        return dns(&in->host.physical_name, "--physical-name", error);
    case OPT_CLUSTER_NAME:
        in->host.clustered = true;
        return dns(&in->host.cluster_name, "--cluster-name", error);
    case OPT_ROLE:
        CHOOSE(in->role, enum tls_role, "--role", TLS_ROLES, WORD);
    case OPT_INBOUND:
        in->direction = TLS_INBOUND;
        return true;
    case OPT_AUTH:
        CHOOSE(in->send_auth, enum tls_auth, "--auth", TLS_AUTHS, WORD);
    case OPT_SPACE:
        CHOOSE(in->send_space, enum tls_space, "--address-space", TLS_SPACES, TEXT);
    case OPT_DELIVERY:
        CHOOSE(in->delivery, enum tls_delivery, "--delivery", TLS_DELIVERIES, WORD);
    case OPT_HUB_TO_HUB:
        CHOOSE(in->hub_to_hub, enum tls_hub_to_hub, "--hub-to-hub", TLS_HUB_TO_HUBS, WORD);
    default: { /* OPT_CLOCK */
        struct error why;
        return text_date(&in->now_s, optarg, &why) ||
               error_set(error, EXIT_INPUT, "--clock: %s", why.text);
    }
    }
}

static bool apply_option(struct command *c, int option, struct error *error)
{
    static const char *const servers[] = {"sender", "receiver", "standby"};
    static const char *const formats[] = {"text", "json"};
    int format = 0;
    switch (option) {
    case OPT_SERVER:
        return choose(&c->server, "--server", optarg, servers, COUNT_OF(servers), error);
    case OPT_SET:
        cmd_add_set(&c->sets, optarg);
        return true;
    case OPT_TRIAL:
        return cmd_number("--trial", optarg, 0, (UINT64_C(1) << LUCK_TRIAL_BITS) - 1, &c->trial,
                          error);
    case OPT_SEED:
        return cmd_number("--seed", optarg, 0, UINT64_MAX, &c->seed, error);
    case OPT_FORMAT:
        if (!choose(&format, "--format", optarg, formats, COUNT_OF(formats), error))
            return false;
        c->json = format == 1;
        return true;
    case OPT_ALL:
        c->all = true;
        return true;
    default:
        return pem_option(c, option, error);
    }
}

static const char *option_name(int value)
{
    for (const struct option *o = long_options; o->name != NULL; o++)
        if (o->val == value)
            return o->name;
    return "";
}

/* Options that the way at hand never asks for. */
static bool check_role(const struct command *c, struct error *error)
{
    bool hub = c->input.role == TLS_ROLE_hub, receives = c->input.direction == TLS_INBOUND;
    int connector = c->edge_option != 0 ? c->edge_option : c->hub_option;
    if (receives && connector != 0)
        return error_set(error, EXIT_INPUT,
                         "--%s is about a Send connector: with --inbound the server receives",
                         option_name(connector));
    if (hub && c->edge_option != 0)
        return error_set(error, EXIT_INPUT, "--%s goes with --role edge: a Hub asks for --delivery",
                         option_name(c->edge_option));
    if (!hub && c->hub_option != 0)
        return error_set(error, EXIT_INPUT,
                         "--%s goes with --role hub: an Edge server asks for --address-space",
                         option_name(c->hub_option));
    return true;
}

static bool check_pem(const struct command *c, struct error *error)
{
    const struct tls_host *host = &c->input.host;
    if (c->pem == NULL)
        return error_set(error, EXIT_INPUT,
                         "certsel: want a scenario file, or --pem DIR with --directory and --fqdn");
    if (c->scenario_option != 0)
        return error_set(error, EXIT_INPUT, "--%s goes with a scenario file, not with --pem",
                         option_name(c->scenario_option));
    if (c->directory == NULL)
        return error_set(error, EXIT_INPUT,
                         "--directory is missing: the thumbprint in msExchServerInternalTLSCert, a "
                         "file of --pem, null or unreadable");
    if (host->fqdn == NULL && host->name == NULL && host->physical_fqdn == NULL &&
        host->physical_name == NULL && !host->clustered)
        return error_set(error, EXIT_INPUT, "--fqdn is missing: at least one name of the server");
    return check_role(c, error);
}

static bool read_command(struct command *c, int argc, char **argv, struct error *error)
{
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == '?')
            return cmd_bad_option("certsel", error);
        c->asks_help |= option == OPT_HELP;
        if (c->asks_help)
            return true;
        if (option >= OPT_SERVER && option <= OPT_SEED)
            c->scenario_option = option;
        if (option >= OPT_PEM && option <= OPT_CLOCK)
            c->pem_option = option;
        if (option == OPT_SPACE)
            c->edge_option = option;
        if (option == OPT_DELIVERY || option == OPT_HUB_TO_HUB)
            c->hub_option = option;
        if (!apply_option(c, option, error))
            return false;
    }
    if (optind == argc)
        return check_pem(c, error);
    c->file = argv[optind];
    if (optind + 1 < argc)
        return error_set(error, EXIT_INPUT, "certsel: want one scenario file, found '%s' too",
                         argv[optind + 1]);
    if (c->pem_option != 0)
        return error_set(error, EXIT_INPUT,
                         "--%s goes with --pem alone; in a scenario use --set (store.NAME.pem=DIR)",
                         option_name(c->pem_option));
    return true;
}

static void print(const struct command *c, struct explain *e)
{
    e->all = c->all;
    if (c->json)
        explain_json(stdout, e);
    else
        explain_text(stdout, e);
}

/* ---- a folder ---- */

static const char *pem_label(const void *context, uint32_t i, char label[EXPLAIN_LABEL_MAX])
{
    const struct pem_store *store = context;
    snprintf(label, EXPLAIN_LABEL_MAX, "%s", store->file[i]);
    return label;
}

static bool name_certificate(struct command *c, const struct pem_store *store, struct error *error)
{
    c->input.attribute = strcmp(c->directory, "null") == 0         ? TLS_ATTRIBUTE_null
                         : strcmp(c->directory, "unreadable") == 0 ? TLS_ATTRIBUTE_unreadable
                                                                   : TLS_ATTRIBUTE_present;
    struct error why;
    return c->input.attribute != TLS_ATTRIBUTE_present ||
           pem_thumbprint(c->input.directory, store, c->directory, &why) ||
           error_set(error, EXIT_INPUT, "--directory %s", why.text);
}

static bool of_folder(struct command *c, struct error *error)
{
    struct pem_store store;
    struct pem_options options = {c->pem, c->roots, c->input.now_s, isatty(STDERR_FILENO)};
    if (!pem_store_read(&store, &options, error))
        return false;
    bool good = name_certificate(c, &store, error);
    if (good) {
        struct explain e = {.label = pem_label, .context = &store};
        const struct tls_host *host = &c->input.host;
        const char *server = host->fqdn != NULL            ? host->fqdn
                             : host->name != NULL          ? host->name
                             : host->physical_fqdn != NULL ? host->physical_fqdn
                             : host->physical_name != NULL ? host->physical_name
                                                           : host->cluster_name;
        c->input.receive_exchange_server = c->input.send_auth == TLS_AUTH_ExchangeServer;
        c->input.store = store.store;
        explain_begin(&e, server, &c->input);
        print(c, &e);
    }
    pem_store_fini(&store);
    return good;
}

/* ---- a server of a scenario ---- */

struct in_plan {
    const struct plan *plan;
    const struct store_params *store;
    int index; /* of the store */
};

/* The store's order: listed, read, generated. */
static const char *plan_label(const void *context, uint32_t i, char label[EXPLAIN_LABEL_MAX])
{
    const struct in_plan *in = context;
    uint32_t read = in->plan->pem[in->index] == NULL ? 0 : in->plan->pem[in->index]->store.count;
    for (int k = 0; k < TLS_CERTS_MAX; k++)
        if (in->store->certs >> k & 1 && i-- == 0) {
            snprintf(label, EXPLAIN_LABEL_MAX, "%s", in->plan->names[KIND_cert][k]);
            return label;
        }
    if (i < read)
        return pem_label(in->plan->pem[in->index], i, label);
    snprintf(label, EXPLAIN_LABEL_MAX, "generated %u", i - read);
    return label;
}

static void explain_server(const struct command *c, const struct plan *plan)
{
    struct luck luck = {.seed = c->seed, .trial = c->trial};
    struct params params;
    double *drawn = calloc(plan->draws + 1, sizeof *drawn);
    CHECK(drawn != NULL);
    plan_trial(plan, &luck, &params, drawn);
    free(drawn);
    const struct smtp_params *smtp = &params.smtp[0];
    const int64_t which[] = {smtp->sender, smtp->receiver, smtp->standby};
    const struct server_params *server = &params.server[which[c->server]];
    struct in_plan in = {plan, &params.store[server->store], (int)server->store};
    struct tls_input input;
    struct tls_shelf shelf;
    tls_input_of(&input, smtp, c->server != 0);
    tls_shelf_init(&shelf);
    tls_shelf_fill(&shelf, &input, server, in.store, params.cert, params.files[server->store],
                   &luck, tls_server_actor((uint32_t)c->server), input.now_s);
    struct explain e = {.label = plan_label, .context = &in};
    explain_begin(&e, plan->names[KIND_server][which[c->server]], &input);
    print(c, &e);
    tls_shelf_fini(&shelf);
}

static bool of_scenario(const struct command *c, struct error *error)
{
    struct plan *plan;
    if (!plan_load(&plan, c->file, c->sets.text, c->sets.n, error))
        return false;
    bool good =
        plan->base.smtps > 0 ||
        error_set(error, EXIT_INPUT,
                  "%s has no smtp: certsel wants a scenario with trial.system: tls", c->file);
    if (good)
        explain_server(c, plan);
    plan_free(plan);
    return good;
}

int cmd_certsel(int argc, char **argv)
{
    struct command c = {.seed = 1,
                        .input = {.send_auth = TLS_AUTH_ExchangeServer,
                                  .send_space = TLS_SPACE_accepted,
                                  .now_s = (int64_t)time(NULL)}};
    struct error error;
    bool good = read_command(&c, argc, argv, &error);
    if (good && c.asks_help)
        fputs(help, stdout);
    else if (good)
        good = c.file != NULL ? of_scenario(&c, &error) : of_folder(&c, &error);
    free(c.sets.text);
    return good ? EXIT_DONE : cmd_fail(&error);
}
