#include "words.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "course.h"

/* What the sentences are put together from. */
struct telling {
    const struct plan *plan;
    const struct bounds *bounds;
    const struct params *p; /* values that cannot be drawn are read here */
    const struct stack_params *front_end, *nodes;
    FILE *out;
};

const char *words_title(enum bounds_part part)
{
    static const char *const titles[] = {
#define X(name, column, title) title,
        BOUNDS_PARTS(X)
#undef X
    };
    return titles[part];
}

const char *words_no_ceiling(enum bounds_why why)
{
    static const char *const words[] = {
#define X(name, text) text,
        BOUNDS_WHYS(X)
#undef X
    };
    return words[why];
}

/* Two decimals below 1, one below 100, and none that is 0. */
static void put_number(char text[SPAN_TEXT_MAX], double number, const char *unit)
{
    int decimals = number < 0.995 ? 2 : number < 99.95 ? 1 : 0;
    double scale = decimals == 2 ? 100.0 : decimals == 1 ? 10.0 : 1.0;
    while (decimals > 0 && fmod(round(number * scale), 10.0) == 0.0) {
        decimals--;
        scale /= 10.0;
    }
    snprintf(text, SPAN_TEXT_MAX, "%.*f %s", decimals, number, unit);
}

char *span_text(char text[SPAN_TEXT_MAX], double ns)
{
    double s = ns / 1e9;
    if (isnan(ns))
        strcpy(text, "-");
    else if (isinf(ns))
        strcpy(text, "none");
    else if (ns < 50.0) /* rounding of a few ns */
        strcpy(text, "0 s");
    else if (s < 0.9995)
        put_number(text, s * 1e3, "ms");
    else
        put_number(text, s, "s");
    return text;
}

/* fprintf in which %T is a span of ns; nothing but it takes an argument of type double. */
static void say(const struct telling *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    for (const char *from = format; *from != '\0'; from++) {
        char span[SPAN_TEXT_MAX];
        if (from[0] != '%') {
            fputc(*from, t->out);
            continue;
        }
        from++;
        if (*from == 'T')
            fputs(span_text(span, va_arg(arguments, double)), t->out);
        else if (*from == 's')
            fputs(va_arg(arguments, const char *), t->out);
        else if (*from == 'd')
            fprintf(t->out, "%lld", (long long)va_arg(arguments, int64_t));
        else
            CHECK(!"a conversion that say knows");
    }
    va_end(arguments);
}

/* The text of a key, drawn or not. */
static const char *value_of(const struct telling *t, const char *key)
{
    for (size_t i = 0; i < t->plan->draws; i++)
        if (strcmp(t->plan->draw[i].key, key) == 0)
            return t->plan->draw[i].text;
    for (size_t i = 0; i < t->plan->settings; i++)
        if (strcmp(t->plan->setting[i].key, key) == 0)
            return t->plan->setting[i].value;
    CHECK(!"a key of the registry");
    return NULL;
}

static bool protects_nothing(const struct telling *t)
{
    return bounds_protected(t->p) == 0;
}

/* "0, 1, 3, 7, 15, 31 s": when the front end sends a message that nobody answers. */
static void say_sendings(const struct telling *t, double limit_ns)
{
    const struct stack_params *stack = t->front_end;
    double at_ns = 0.0, wait_ns = (double)stack->retransmit_first_ns;
    double cap_ns = stack->retransmit_cap_ns > 0 ? (double)stack->retransmit_cap_ns : INFINITY;
    for (int64_t k = 0; k <= stack->retransmit_tries && at_ns < limit_ns; k++) {
        fprintf(t->out, "%s%.4g", k == 0 ? "" : ", ", at_ns / 1e9);
        at_ns += fmin(wait_ns, cap_ns);
        wait_ns *= stack->retransmit_base;
    }
    fputs(" s", t->out);
}

static void say_heartbeats(const struct telling *t)
{
    double least_ns = (double)((t->p->cluster.missed - 1) * t->p->cluster.heartbeat_ns);
    double most_ns = (double)(t->p->cluster.missed * t->p->cluster.heartbeat_ns);
    say(t,
        "The cluster takes the %s node for dead after %d missed heartbeats, one every %T (%T to %T "
        "by their phase), regroups (%s), takes the quorum (%s), brings the address online, and IKE "
        "listens %s later.",
        t->p->failure.kind == FAILURE_double ? "second" : "first", t->p->cluster.missed,
        (double)t->p->cluster.heartbeat_ns, least_ns, most_ns, value_of(t, "cluster.regroup"),
        value_of(t, "cluster.quorum"), value_of(t, "cluster.listen_lag"));
}

/* Of these a node that hangs while its heartbeats go on is found. */
static void say_checks(const struct telling *t)
{
    const struct cluster_params *c = &t->p->cluster;
    bool checks = false, looks = false;
    for (int i = 0; i < t->p->resources; i++) {
        checks |= t->p->resource[i].watched == RESOURCE_WATCH_exchange;
        looks |= t->p->resource[i].watched == RESOURCE_WATCH_looksalive;
    }
    say(t, "Its heartbeats go on, so the cluster has to find out by checks:");
    if (checks)
        say(t,
            " one every %T fails when it gets no answer for %T, and the cluster hears of that when "
            "it asks next, every %T",
            (double)c->health_check_ns, (double)c->health_timeout_ns, (double)c->is_alive_ns);
    if (looks)
        say(t, "%s a look every %T", checks ? ", or" : "", (double)c->looks_alive_ns);
    say(t,
        ". A resource that is found dead is started again %d times on the node that hangs, %T "
        "each, before the group is given to the other one; then the address comes online, and IKE "
        "listens %s later.",
        c->restart_threshold, (double)c->pending_timeout_ns, value_of(t, "cluster.listen_lag"));
}

static void say_hang(const struct telling *t)
{
    if (t->p->failure.heartbeats)
        say_checks(t);
    else
        say_heartbeats(t);
    if (course_may_run_again(t->p))
        say(t, " A node that runs again before (failure.back: %s) still has all it had.",
            value_of(t, "failure.back"));
}

static void say_hosts(const struct telling *t)
{
    const struct cluster_params *c = &t->p->cluster;
    if (t->p->failure.kind == FAILURE_add_host)
        say(t, "From this instant on the new host has its share of the clients%s.",
            c->nlb_tracks ? ", but not those whose IPsec session stays with its host" : "");
    else if (t->p->failure.kind == FAILURE_crash)
        say(t,
            "The other hosts miss %d heartbeats, one every %T, and agree on who serves whom (%s).",
            c->alive_tolerance, (double)c->alive_period_ns, value_of(t, "cluster.convergence"));
    else
        say(t, "The other hosts agree on who serves whom (%s).",
            value_of(t, "cluster.convergence"));
    if (c->affinity == NLB_AFFINITY_none)
        say(t, " With affinity none IKE and ESP of one front end may go to different hosts.");
}

static void say_vip_up(const struct telling *t)
{
    if (takeover_is_balanced(t->p)) {
        say_hosts(t);
        return;
    }
    switch (t->p->failure.kind) {
    case FAILURE_move:
    case FAILURE_failback:
        say(t, "From the address leaving the first node until the second answers IKE on it: %s.",
            value_of(t, "cluster.vip_gap"));
        break;
    case FAILURE_restart:
        say(t, "The host is down for %s; then the address comes online, and IKE listens %s later.",
            value_of(t, "failure.down"), value_of(t, "cluster.listen_lag"));
        break;
    case FAILURE_link:
        say(t, "The path is back (failure.down: %s); addresses and SAs are where they were.",
            value_of(t, "failure.down"));
        break;
    case FAILURE_hang:
        say_hang(t);
        break;
    case FAILURE_double:
        say(t,
            "Not before the node that takes over has died as well (failure.second: %s) and the "
            "first one is up again (failure.down: %s). Booting alone it waits for the other one "
            "first (cluster.form: %s). Else: ",
            value_of(t, "failure.second"), value_of(t, "failure.down"),
            value_of(t, "cluster.form"));
        say_heartbeats(t);
        break;
    default:
        say_heartbeats(t);
    }
}

static void say_deletes(const struct telling *t)
{
    static const char *const deletes[] = {
        [IKE_DELETE_none] = "Whoever leaves removes its SAs without a word; the front end's idle "
                            "timer has to find out, %T after the last packet that it received.",
        [IKE_DELETE_plain] = "Whoever leaves sends one DELETE for each SA, once. When it arrives "
                             "the SA is gone at once; when it is lost the idle timer has to find "
                             "out, %T after the last packet that was received.",
        [IKE_DELETE_reliable] =
            "Whoever leaves sends one DELETE for each SA and repeats it until it is acknowledged, "
            "but only as long as it has the address. If none arrives the idle timer has to find "
            "out, %T after the last packet that was received.",
    };
    say(t, deletes[t->nodes->delete_kind], t->bounds->idle_ns);
}

static void say_detect(const struct telling *t)
{
    if (course_tells(t->p))
        say_deletes(t);
    else
        say(t,
            "Nobody tells the front end. Its idle timer removes the quick-mode SA %T after the "
            "last packet that counts; so the silence before the failure is already over, and an SA "
            "whose lifetime ends before goes earlier: hence no floor.",
            t->bounds->idle_ns);
    if (course_may_keep(t->p))
        say(t,
            " An SA that the front end still has when %s is of use again, and nothing has to be "
            "negotiated.",
            takeover_is_balanced(t->p)           ? "its host goes on"
            : t->p->failure.kind == FAILURE_link ? "the path is back"
                                                 : "the node runs again with the group");
    if (course_may_run_again(t->p))
        say(t, " A node whose group has been taken learns of it when it runs again, and removes "
               "its SAs then.");
    if (t->p->failure.kind == FAILURE_double)
        say(t, " SAs with the node that takes over are as stale when that one dies.");
    if (!bounds_fast_failover(t->p) && t->front_end->fast_failover)
        say(t, " NLBSFlags = 1 on the front end would make the idle time %T.",
            (double)t->front_end->idle_failover_ns);
}

static void say_wait(const struct telling *t)
{
    say(t,
        "IKE starts with the next packet that needs an SA. Protected requests come every %T on "
        "average; repetitions of a connection that is being opened count too.",
        t->bounds->next_request_ns);
}

static void say_stale_qm(const struct telling *t)
{
    bool limited = bounds_fast_failover(t->p) && t->front_end->nlbs_qm_retransmit_ns > 0;
    double limit_ns = limited ? (double)t->front_end->nlbs_qm_retransmit_ns : INFINITY;
    if (course_tells(t->p))
        say(t, "Skipped when the DELETE of the main-mode SA has arrived. Else quick ");
    else
        say(t, "Quick ");
    say(t, "mode is tried under %s: sent at ",
        t->p->failure.kind == FAILURE_link
            ? "the main-mode SA, and nobody answers until the path is back"
            : "a main-mode SA that the node that answers never had, or lost");
    say_sendings(t, limit_ns);
    say(t, ", given up after %T.", fmin(t->bounds->give_up_ns, limit_ns));
    if (t->front_end->mm_dies_with_last_qm)
        say(t, " Not here, unless another class still has its SA: the main-mode SA goes with the "
               "last quick-mode SA.");
    else if (!course_tells(t->p))
        say(t,
            " Shorter where another class has begun before or the main-mode SA's lifetime ends.");
}

static void say_mm_failed(const struct telling *t)
{
    say(t,
        "The next packet starts main mode. One that nobody answers within %T is "
        "given "
        "up, and again the next packet starts another.",
        t->bounds->give_up_ns);
}

static void say_mm(const struct telling *t)
{
    say(t,
        "Six messages: three round trips of %T, and %T of cryptography on the front end and %T on "
        "the node, without other work there. A message that is lost, or sent before a node "
        "answers, goes again at ",
        t->bounds->round_trip_ns, t->bounds->main_front_end_ns, t->bounds->main_node_ns);
    say_sendings(t, INFINITY);
    say(t, ".");
    if (t->bounds->part[BOUNDS_mm].floor_ns < 50.0)
        say(t,
            " Alone it takes a class %T at least; one that finds main mode done by another class "
            "needs none.",
            t->bounds->main_floor_ns);
}

static void say_qm_wait(const struct telling *t)
{
    if (t->front_end->hold)
        say(t, "Quick mode starts at once for a class of which a packet is held; it is begun anew, "
               "with another main mode, when it is given up.");
    else
        say(t, "No packet is held, so quick mode starts with the next one.");
}

static void say_qm(const struct telling *t)
{
    if (t->nodes->commit_bit)
        say(t, "Four messages, two round trips (commit bit: QM3 is repeated until QM4 comes).");
    else
        say(t, "Three messages, one and a half round trips. A lost QM3 is not repeated: the SA is "
               "then a black hole until its idle timer ends.");
}

static void say_ipsec(const struct telling *t)
{
    if (protects_nothing(t))
        say(t, "Nothing that the cluster answers is protected: IPsec has no part in the outage.");
    else if (course_may_keep(t->p))
        say(t,
            "The parts from the stale SA on, one after the other; or SAs that are of use again.");
    else
        say(t, "The parts from the stale SA on, one after the other; and not before a node "
               "answers and a whole main mode and quick mode have passed with it.");
}

static void say_app(const struct telling *t)
{
    if (t->p->app.tcp)
        say(t,
            "A request opens a connection (SYN again after %T, doubled each time, %d repetitions) "
            "and is answered once its service is online; a closed port is tried again after %T.",
            (double)t->p->app.syn_wait_ns, t->p->app.syn_retries, (double)t->p->app.reset_wait_ns);
    else
        say(t, "A request is one packet, and so is its answer, once its service is online.");
    if (t->front_end->fallback)
        say(t,
            " What waits for IKE for %T may go in clear (soft SA); when that is answered the "
            "outage is over, and the parts before count as 0.",
            (double)t->front_end->fallback_wait_ns);
}

static void say_outage(const struct telling *t)
{
    if (t->front_end->fallback || protects_nothing(t))
        say(t, "The first answer: what users notice.");
    else
        say(t, "IPsec usable again, then the first answer: what users notice.");
}

static void say_app_ready(const struct telling *t)
{
    if (!takeover_starts_any(t->p)) {
        say(t, takeover_is_balanced(t->p) ? "Every host has all services."
                                          : "No service has stopped.");
        return;
    }
    say(t, "Resources start when what they need is online; in the middle they are online at");
    for (int i = 0; i < t->p->resources; i++)
        say(t, "%s %s %T", i == 0 ? "" : ",", t->plan->names[KIND_resource][i],
            t->bounds->online_ns[i]);
    say(t, ". This goes on beside IPsec's recovery, not after it.");
}

/* The phases before IPsec is usable. */
static bool is_of_ipsec(enum bounds_part part)
{
    return part >= BOUNDS_detect && part <= BOUNDS_qm;
}

char *words_of_part(const struct plan *plan, const struct bounds *bounds, enum bounds_part part)
{
    static void (*const sayings[])(const struct telling *) = {
#define X(name, column, title) say_##name,
        BOUNDS_PARTS(X)
#undef X
    };
    char *text = NULL;
    size_t length = 0;
    struct telling t = {.plan = plan,
                        .bounds = bounds,
                        .p = &plan->base,
                        .front_end = &plan->base.stack[plan->base.front_end.stack],
                        .nodes = &plan->base.stack[plan->base.cluster.stack],
                        .out = open_memstream(&text, &length)};
    CHECK(t.out != NULL);
    if (bounds->unknown == BOUNDS_WHY_bounded && !(protects_nothing(&t) && is_of_ipsec(part)))
        sayings[part](&t);
    CHECK(fclose(t.out) == 0);
    return text;
}

/* When the address answers again is decided by each kind of failure in its own way. */
static const char *keys_of_vip(const struct params *p)
{
    static const char *const keys[] = {
        [FAILURE_none] = "",
        [FAILURE_move] = "cluster.vip_gap",
        [FAILURE_failback] = "cluster.vip_gap, failure.failback",
        [FAILURE_crash] = "cluster.heartbeat, cluster.missed, cluster.regroup, cluster.quorum, "
                          "resource.A.online, cluster.listen_lag",
        [FAILURE_hang] = "cluster.heartbeat, cluster.missed, cluster.regroup, cluster.quorum, "
                         "resource.A.online, cluster.listen_lag, failure.back",
        [FAILURE_restart] = "failure.down, resource.A.online, cluster.listen_lag",
        [FAILURE_link] = "failure.down",
        [FAILURE_double] = "failure.second, failure.down, cluster.form, cluster.quorum, "
                           "cluster.heartbeat, cluster.missed, cluster.regroup, resource.A.online",
        [FAILURE_add_host] = "cluster.nlb_tracks, cluster.affinity",
    };
    if (takeover_is_balanced(p) && p->failure.kind != FAILURE_add_host)
        return p->failure.kind == FAILURE_crash
                   ? "cluster.alive_period, cluster.alive_tolerance, cluster.convergence"
                   : "cluster.convergence";
    if (takeover_is_polled(p))
        return "resource.*.watched, cluster.health_check, cluster.health_timeout, "
               "cluster.is_alive, cluster.looks_alive, cluster.restart_threshold, "
               "cluster.pending_timeout, resource.A.online, failure.back";
    return keys[p->failure.kind];
}

/* In these texts F and N stand for the stacks of front end and nodes, A for the address's resource.
 */
static const char *keys_of(const struct params *p, enum bounds_part part)
{
    static const struct {
        const char *crash, *move; /* move: who leaves says so */
    } keys[] = {
        [BOUNDS_detect] = {"stack.F.nlbs_flags, stack.F.idle, stack.F.idle_failover, "
                           "stack.N.nlbs_present",
                           "stack.N.delete, cluster.delete_window, stack.F.idle, "
                           "stack.F.nlbs_flags"},
        [BOUNDS_wait] = {"class.*.rate", "class.*.rate"},
        [BOUNDS_stale_qm] = {"stack.F.retransmit_first, stack.F.retransmit_base, "
                             "stack.F.retransmit_tries, stack.F.nlbs_qm_retransmit",
                             "stack.N.delete, stack.F.retransmit_tries"},
        [BOUNDS_mm_failed] = {"class.*.rate, stack.F.retransmit_tries",
                              "class.*.rate, stack.F.retransmit_tries"},
        [BOUNDS_mm] = {"stack.F.retransmit_first, node.*.load, crypto.*, link.*.loss",
                       "stack.F.retransmit_first, node.*.load, crypto.*, link.*.loss"},
        [BOUNDS_qm_wait] = {"stack.F.hold, link.*.loss", "stack.F.hold, link.*.loss"},
        [BOUNDS_qm] = {"stack.N.commit_bit, link.*.delay, link.*.loss",
                       "stack.N.commit_bit, link.*.delay, link.*.loss"},
        [BOUNDS_ipsec] = {"", ""},
        [BOUNDS_app] = {"resource.*.online, app.*", "resource.*.online, app.*"},
        [BOUNDS_outage] = {"", ""},
        [BOUNDS_app_ready] = {"resource.*.online, resource.*.needs",
                              "resource.*.online, resource.*.needs"},
    };
    if (part == BOUNDS_vip_up)
        return keys_of_vip(p);
    if (part == BOUNDS_app_ready && !takeover_starts_any(p))
        return "";
    if (bounds_protected(p) == 0 && is_of_ipsec(part))
        return "";
    return course_tells(p) ? keys[part].move : keys[part].crash;
}

char *words_of_keys(const struct plan *plan, enum bounds_part part)
{
    const struct params *p = &plan->base;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    CHECK(out != NULL);
    const char *keys = keys_of(p, part);
    for (const char *from = keys; *from != '\0'; from++) {
        bool alone = from > keys && from[-1] == '.' && from[1] == '.';
        if (alone && *from == 'F')
            fputs(plan->names[KIND_stack][p->front_end.stack], out);
        else if (alone && *from == 'N')
            fputs(plan->names[KIND_stack][p->cluster.stack], out);
        else if (alone && *from == 'A')
            fputs(plan->names[KIND_resource][p->cluster.address], out);
        else
            fputc(*from, out);
    }
    CHECK(fclose(out) == 0);
    return text;
}
