#include "bounds.h"

#include <math.h>

#include "engine/check.h"
#include "course.h"

/* Draws are rounded to whole ns here and there. */
#define ROUNDING_NS 16.0

typedef const struct bounds_view view_t;

static const struct stack_params *front_end_stack(const struct params *p)
{
    return &p->stack[p->front_end.stack];
}

static const struct stack_params *node_stack(const struct params *p)
{
    return &p->stack[p->cluster.stack];
}

/* ---- retransmission ---- */

double bounds_schedule_ns(const struct stack_params *stack, double share)
{
    double sum_ns = 0.0, wait_ns = (double)stack->retransmit_first_ns;
    double cap_ns = stack->retransmit_cap_ns > 0 ? (double)stack->retransmit_cap_ns : INFINITY;
    for (int64_t k = 0; k <= stack->retransmit_tries; k++) {
        sum_ns += fmax(0.0, fmin(wait_ns, cap_ns) + share * (double)stack->retransmit_jitter_ns);
        wait_ns *= stack->retransmit_base;
    }
    return sum_ns;
}

/* The least and the largest schedule of any trial: a cap of 0 is none at all. */
static double longest_schedule_ns(view_t *v)
{
    struct stack_params stack = *front_end_stack(v->high);
    if (front_end_stack(v->low)->retransmit_cap_ns == 0)
        stack.retransmit_cap_ns = 0;
    return bounds_schedule_ns(&stack, 1.0);
}

static double shortest_schedule_ns(view_t *v)
{
    struct stack_params stack = *front_end_stack(v->low);
    stack.retransmit_jitter_ns = front_end_stack(v->high)->retransmit_jitter_ns;
    if (stack.retransmit_cap_ns == 0 && front_end_stack(v->high)->retransmit_cap_ns > 0)
        stack.retransmit_cap_ns = 1;
    return bounds_schedule_ns(&stack, -1.0);
}

bool bounds_fast_failover(const struct params *p)
{
    const struct stack_params *stack = front_end_stack(p);
    return stack->fast_failover && (stack->nlbs_flags || params_nlbs_present(p));
}

/* Of one quick-mode message; KB 980915's limit counts where fast failover does. */
static double quick_give_up_ns(view_t *v)
{
    const struct stack_params *low = front_end_stack(v->low), *high = front_end_stack(v->high);
    bool always = bounds_fast_failover(v->low) && low->nlbs_qm_retransmit_ns > 0;
    double all_ns = longest_schedule_ns(v);
    return always ? fmin(all_ns, (double)high->nlbs_qm_retransmit_ns) : all_ns;
}

/* ---- links ---- */

static double jitter_end(const struct link_params *link, bool most)
{
    if (link->distribution == NULL)
        return most ? 1.0 : -1.0;
    struct law law = {link->distribution, 0.0, 1.0};
    return most ? law_maximum(&law) : law_minimum(&law);
}

static double least_delay_ns(view_t *v, int64_t link)
{
    const struct link_params *low = &v->low->link[link], *high = &v->high->link[link];
    double end = jitter_end(low, false);
    double jitter_ns = (double)(end < 0.0 ? high : low)->jitter_ns;
    bool ahead = high->reorder > 0.0; /* sent at once */
    return ahead ? 0.0 : fmax(0.0, (double)low->delay_ns + end * jitter_ns);
}

static double most_delay_ns(view_t *v, int64_t link)
{
    const struct link_params *low = &v->low->link[link], *high = &v->high->link[link];
    double end = jitter_end(low, true);
    double jitter_ns = (double)(end > 0.0 ? high : low)->jitter_ns;
    if (high->rate_bps > 0.0)
        return INFINITY;
    return fmax(0.0, (double)high->delay_ns + (jitter_ns > 0.0 ? end * jitter_ns : 0.0));
}

struct paths {
    double up_least, up_most, up, down_least, down_most, down;
};

static struct paths paths_of(view_t *v)
{
    int64_t up = v->mid->front_end.uplink, down = v->mid->front_end.downlink;
    return (struct paths){
        .up_least = least_delay_ns(v, up),
        .up_most = most_delay_ns(v, up),
        .up = (double)v->mid->link[up].delay_ns,
        .down_least = least_delay_ns(v, down),
        .down_most = most_delay_ns(v, down),
        .down = (double)v->mid->link[down].delay_ns,
    };
}

/* ---- processors: time of one piece of work alone on the machine ---- */

struct machine {
    double dh_keygen, dh_agree, sign, verify_2, message; /* ns, each on one core */
};

static struct machine machine_of(const struct params *costs, const struct params *speeds,
                                 int64_t node, const struct stack_params *stack)
{
    const struct node_params *computer = &speeds->node[node];
    const struct crypto_params *c = &costs->crypto[computer->crypto];
    double signs = stack->auth == IKE_AUTH_certificate ? 1.0 : 0.0;
    return (struct machine){
        .dh_keygen = (double)c->dh_keygen_ns / computer->speed,
        .dh_agree = (double)c->dh_agree_ns / computer->speed,
        .sign = signs * (double)c->sign_ns / computer->speed,
        .verify_2 = signs * 2.0 * (double)c->verify_ns / computer->speed,
        .message = (double)c->message_ns / computer->speed,
    };
}

/* At most, with all that may run on the front end at the same time: a message or four of each class
 * and the DELETEs. */
static double beside_ns(view_t *v, const struct machine *front_end)
{
    return (4.0 * (double)v->mid->classes + 2.0) * front_end->message;
}

static bool has_other_work(view_t *v, int64_t node)
{
    const struct node_params *computer = &v->high->node[node];
    return computer->load > 0.0 || computer->stall_rate_hz > 0.0;
}

/* Why the front end's own work has no longest time; bounded: it has. With further IPsec peers it
 * negotiates with them too. */
static enum bounds_why front_end_why(view_t *v)
{
    const struct params *p = v->mid;
    if (front_end_stack(p)->auth == IKE_AUTH_kerberos && !p->kerberos.cached)
        return BOUNDS_WHY_ticket;
    return has_other_work(v, p->front_end.node) || p->peers > 0 ? BOUNDS_WHY_load
                                                                : BOUNDS_WHY_bounded;
}

static bool front_end_is_shared(view_t *v)
{
    return front_end_why(v) != BOUNDS_WHY_bounded;
}

/* Work of main mode on the front end between its messages (model/ike/tables.c). */
static double front_end_main_ns(const struct machine *m)
{
    return m->dh_keygen + (m->dh_agree + m->sign + m->message) + (m->verify_2 + m->message);
}

static double node_main_ns(const struct machine *m)
{
    return (m->dh_keygen + m->dh_agree) + (m->verify_2 + m->sign + m->message);
}

/* Work on the fastest of the nodes that may answer. */
static struct machine fastest(view_t *v, const struct stack_params *stack)
{
    struct machine least = {INFINITY, INFINITY, INFINITY, INFINITY, INFINITY};
    for (int64_t i = 0; i < v->mid->nodes; i++) {
        if (!(course_servers(v->mid) >> i & 1))
            continue;
        struct machine m = machine_of(v->low, v->high, i, stack);
        least = (struct machine){.dh_keygen = fmin(least.dh_keygen, m.dh_keygen),
                                 .dh_agree = fmin(least.dh_agree, m.dh_agree),
                                 .sign = fmin(least.sign, m.sign),
                                 .verify_2 = fmin(least.verify_2, m.verify_2),
                                 .message = fmin(least.message, m.message)};
    }
    return least;
}

uint32_t bounds_protected(const struct params *p)
{
    return params_protected(p) & params_classes_of(p, -1);
}

/* Classes whose answers end the outage: where nothing is protected all that the cluster answers. */
static uint32_t counted_set(const struct params *p)
{
    return bounds_protected(p) != 0 ? bounds_protected(p) : params_classes_of(p, -1);
}

static bool counts(const struct params *p, int c)
{
    return counted_set(p) >> c & 1;
}

/* ---- requests ---- */

/* Mean time until the next request whose answer counts. */
static double next_request_ns(const struct params *p)
{
    double rate_hz = 0.0;
    for (int c = 0; c < p->classes; c++)
        rate_hz += counts(p, c) ? p->traffic[c].rate_hz : 0.0;
    return 1e9 / rate_hz;
}

/* The longest time until a class of its own sends a request; INFINITY: they come at random. */
static double longest_request_wait_ns(const struct params *low)
{
    double longest_ns = 0.0;
    for (int c = 0; c < low->classes; c++)
        if (counts(low, c))
            longest_ns = fmax(longest_ns, low->traffic[c].arrival == APP_ARRIVAL_periodic
                                              ? 1e9 / low->traffic[c].rate_hz
                                              : INFINITY);
    return longest_ns;
}

/* ---- the parts ---- */

/* What the parts are made of, once. */
struct pieces {
    struct paths path;
    struct machine front_least, front_most, front; /* the fastest, the slowest, the middle */
    struct machine node_least, node;
    double give_up_ns;       /* of one message of main mode, at most */
    double quick_give_up_ns; /* of quick mode */
    double main_floor_ns, quick_floor_ns;
    double main_usual_ns, quick_usual_ns;
    bool goes_on, keeps, commit, in_clear; /* course.h; in_clear: a soft SA may be used */
};

static double main_ns(const struct paths *p, const struct machine *front,
                      const struct machine *node, bool least)
{
    double round_ns = least ? p->up_least + p->down_least : p->up + p->down;
    return 3.0 * round_ns + front_end_main_ns(front) + node_main_ns(node);
}

/* From QM1 on its way: QM2, QM3 and, with the commit bit, QM4. */
static double quick_ns(const struct paths *p, const struct machine *front,
                       const struct machine *node, bool least, bool commit)
{
    double up_ns = least ? p->up_least : p->up, down_ns = least ? p->down_least : p->down;
    double one_ns = up_ns + node->message + down_ns + front->message;
    return commit ? 2.0 * one_ns : one_ns + up_ns + node->message;
}

static struct pieces pieces_of(view_t *v)
{
    int64_t front = v->mid->front_end.node, server = course_server(v->mid);
    const struct stack_params *fe = front_end_stack(v->mid), *nodes = node_stack(v->mid);
    struct pieces x = {
        .path = paths_of(v),
        .front_least = machine_of(v->low, v->high, front, fe),
        .front_most = machine_of(v->high, v->low, front, fe),
        .front = machine_of(v->mid, v->mid, front, fe),
        .node_least = fastest(v, nodes),
        .node = machine_of(v->mid, v->mid, server, nodes),
        .give_up_ns = longest_schedule_ns(v),
        .quick_give_up_ns = quick_give_up_ns(v),
        .goes_on = course_goes_on(v->mid),
        .keeps = course_may_keep(v->mid),
        .commit = nodes->commit_bit != 0,
        .in_clear = fe->fallback != 0,
    };
    x.main_floor_ns = main_ns(&x.path, &x.front_least, &x.node_least, true);
    x.quick_floor_ns = quick_ns(&x.path, &x.front_least, &x.node_least, true, x.commit);
    x.main_usual_ns = main_ns(&x.path, &x.front, &x.node, false);
    x.quick_usual_ns = quick_ns(&x.path, &x.front, &x.node, false, x.commit);
    return x;
}

static void set(struct bound *part, double floor_ns, double ceiling_ns, double usual_ns,
                enum bounds_why why_not)
{
    *part = (struct bound){.floor_ns = fmax(0.0, floor_ns - ROUNDING_NS),
                           .ceiling_ns = ceiling_ns + ROUNDING_NS,
                           .usual_ns = usual_ns,
                           .why = isinf(ceiling_ns) ? why_not : BOUNDS_WHY_bounded};
}

/* What is left of the SA's life in the middle; of one that is met at any age that is half of it. */
static double left_ns(view_t *v)
{
    double life_ns = (double)front_end_stack(v->mid)->qm_lifetime_ns;
    return v->mid->trial.sa_age == SA_AGE_fresh ? life_ns : 0.5 * life_ns;
}

/* Without a hitch the front end has SAs with the second node before that one dies. */
static double with_second_ns(const struct bounds *b, view_t *v, const struct pieces *x)
{
    double second_ns = law_quantile(&v->mid->failure.second, 0.5);
    double first_ns =
        b->idle_ns + next_request_ns(v->mid) + b->give_up_ns + x->main_usual_ns + x->quick_usual_ns;
    return v->mid->failure.kind == FAILURE_double && first_ns < second_ns ? second_ns : 0.0;
}

static double usual_detect_ns(const struct bounds *b, view_t *v, const struct pieces *x)
{
    double deleted_ns = course_deleted_ns(v) + x->path.down + x->front.message;
    double second_ns = with_second_ns(b, v, x);
    double gone_ns = second_ns > 0.0 ? second_ns + b->idle_ns : fmin(b->idle_ns, left_ns(v));
    return fmin(course_usable_ns(v), fmin(deleted_ns, gone_ns));
}

/* The stale SA goes at the idle time after the last packet that counts, if nothing removes it
 * before: a DELETE, its lifetime. A crash is the start of a trial; around a move the last answer,
 * or the last message of a quick mode with the first node, may still be under way. An SA that may
 * be of use again is so before it would go. */
static void set_detect(struct bounds *b, view_t *v, const struct pieces *x)
{
    const struct stack_params *low = front_end_stack(v->low), *high = front_end_stack(v->high);
    bool always = bounds_fast_failover(v->low), ever = bounds_fast_failover(v->high);
    double idle_ns =
        fmax(always ? 0.0 : (double)high->idle_ns, ever ? (double)high->idle_failover_ns : 0.0);
    double late_ns = x->goes_on ? x->path.down_most + beside_ns(v, &x->front_most) : 0.0;
    double touched_ns = course_touched_ns(v);
    enum bounds_why why = isinf(touched_ns)          ? BOUNDS_WHY_answers
                          : isinf(x->path.down_most) ? BOUNDS_WHY_queue
                                                     : BOUNDS_WHY_load;
    if (x->goes_on && front_end_is_shared(v))
        late_ns = INFINITY;
    double own_ns = low->idle_reset == SA_IDLE_RESET_any ? INFINITY : idle_ns;
    double ceiling_ns = fmin(own_ns, (double)high->qm_lifetime_ns) + late_ns + touched_ns;
    b->idle_ns = bounds_fast_failover(v->mid) ? (double)front_end_stack(v->mid)->idle_failover_ns
                                              : (double)front_end_stack(v->mid)->idle_ns;
    set(&b->part[BOUNDS_detect], 0.0, ceiling_ns, usual_detect_ns(b, v, x), why);
}

static void set_wait(struct bounds *b, view_t *v, const struct pieces *x)
{
    double ceiling_ns = longest_request_wait_ns(v->low) + beside_ns(v, &x->front_most);
    enum bounds_why why = BOUNDS_WHY_arrivals;
    if (front_end_is_shared(v) && !isinf(ceiling_ns)) {
        ceiling_ns = INFINITY;
        why = BOUNDS_WHY_load;
    }
    if (x->goes_on) /* a main mode with the first node may come in between */
        ceiling_ns = INFINITY;
    set(&b->part[BOUNDS_wait], 0.0, ceiling_ns, next_request_ns(v->mid), why);
}

/* After a crash nobody answers its first message. Around a move the first node may, and then the
 * next one is repeated in vain. */
static void set_stale_qm(struct bounds *b, view_t *v, const struct pieces *x)
{
    double ceiling_ns = x->quick_give_up_ns;
    const struct stack_params *mid = front_end_stack(v->mid);
    bool limited = bounds_fast_failover(v->mid) && mid->nlbs_qm_retransmit_ns > 0;
    double usual_ns = b->give_up_ns;
    if (limited)
        usual_ns = fmin(usual_ns, (double)mid->nlbs_qm_retransmit_ns);
    if ((x->goes_on || course_comes_again(v->mid)) && x->commit)
        ceiling_ns += x->quick_give_up_ns + beside_ns(v, &x->front_most);
    if (x->goes_on && x->commit && front_end_is_shared(v))
        ceiling_ns = INFINITY;
    bool told = course_deleted_ns(v) < b->idle_ns, dies = mid->mm_dies_with_last_qm != 0;
    set(&b->part[BOUNDS_stale_qm], 0.0, ceiling_ns, told || dies ? 0.0 : usual_ns, BOUNDS_WHY_load);
}

/* Whether each class that is back has seen a main mode and a quick mode since the failure, its own
 * or another's; what a second failure finds half done counts as half only. */
static bool negotiates(view_t *v, const struct pieces *x)
{
    return !x->keeps && !x->in_clear && !course_comes_again(v->mid);
}

static int protected_classes(const struct params *p)
{
    return __builtin_popcount(bounds_protected(p));
}

/* Each of the three messages is answered before it is given up. A class that loses its SA when main
 * mode is done already, for another class, needs none. */
static void set_main(struct bounds *b, view_t *v, const struct pieces *x)
{
    double ceiling_ns =
        3.0 * x->give_up_ns + front_end_main_ns(&x->front_most) + beside_ns(v, &x->front_most);
    if (front_end_is_shared(v))
        ceiling_ns = INFINITY;
    bool own = protected_classes(v->mid) == 1 && negotiates(v, x);
    set(&b->part[BOUNDS_mm], own ? x->main_floor_ns : 0.0, ceiling_ns, x->main_usual_ns,
        front_end_why(v));
    b->main_floor_ns = x->main_floor_ns;
}

static bool loses(const struct link_params *link)
{
    switch (link->loss_model) {
    case LINK_LOSS_state:
        return link->state_p13 > 0.0 || link->state_p14 > 0.0;
    case LINK_LOSS_gemodel:
        return link->gemodel_good_loss > 0.0 ||
               (link->gemodel_p > 0.0 && link->gemodel_bad_loss > 0.0);
    default:
        return link->loss > 0.0;
    }
}

static bool node_is_shared(view_t *v)
{
    bool shared = v->high->front_end.count > 1;
    for (int64_t i = 0; i < v->mid->nodes; i++)
        shared |= course_servers(v->mid) >> i & 1 && has_other_work(v, i);
    for (int i = 0; i < v->mid->resources; i++)
        shared |= v->high->resource[i].load > 0.0;
    return shared;
}

/* After main mode quick mode starts at once for the class that a packet is held of. It comes later
 * where another class did main mode, where nothing is held, and where quick mode is given up first.
 */
static void set_quick_wait(struct bounds *b, view_t *v, const struct pieces *x)
{
    enum bounds_why why = BOUNDS_WHY_bounded;
    const struct front_end_params *fe = &v->mid->front_end;
    if (protected_classes(v->mid) > 1 || !front_end_stack(v->mid)->hold || !negotiates(v, x))
        why = BOUNDS_WHY_arrivals;
    else if (loses(&v->high->link[fe->uplink]) || loses(&v->high->link[fe->downlink]))
        why = BOUNDS_WHY_loss;
    else if (node_is_shared(v) || front_end_is_shared(v))
        why = BOUNDS_WHY_load;
    else if (isinf(x->path.up_most) || isinf(x->path.down_most))
        why = BOUNDS_WHY_queue;
    set(&b->part[BOUNDS_qm_wait], negotiates(v, x) ? x->front_least.message : 0.0,
        why == BOUNDS_WHY_bounded ? beside_ns(v, &x->front_most) : INFINITY, x->front.message, why);
}

static void set_quick(struct bounds *b, view_t *v, const struct pieces *x)
{
    double ceiling_ns = 2.0 * (x->quick_give_up_ns + beside_ns(v, &x->front_most));
    enum bounds_why why = BOUNDS_WHY_load;
    if (!x->commit || front_end_is_shared(v)) /* QM3 is heard when the new node gets to it */
        ceiling_ns = INFINITY;
    set(&b->part[BOUNDS_qm], x->keeps || x->in_clear ? 0.0 : x->quick_floor_ns, ceiling_ns,
        x->quick_usual_ns, why);
    set_quick_wait(b, v, x);
}

/* Instants at which a message is sent after its first sending, and the first one that arrives when
 * the new node answers: a comb. */
static double comb_ns(const struct stack_params *stack, double first_ns)
{
    double at_ns = 0.0, wait_ns = (double)stack->retransmit_first_ns;
    double cap_ns = stack->retransmit_cap_ns > 0 ? (double)stack->retransmit_cap_ns : INFINITY;
    for (int64_t k = 0; k < stack->retransmit_tries && at_ns < first_ns; k++) {
        at_ns += fmin(wait_ns, cap_ns);
        wait_ns *= stack->retransmit_base;
    }
    return at_ns;
}

/* Main mode starts before the new node answers: the parts that come before it add up to that start.
 * One that is given up before is followed by another, with the next request. */
static void set_failed_main(struct bounds *b, view_t *v, const struct pieces *x)
{
    const struct stack_params *stack = front_end_stack(v->mid);
    double last_ns = comb_ns(stack, INFINITY), next_ns = next_request_ns(v->mid);
    double early_ns = b->part[BOUNDS_vip_up].usual_ns - x->path.up -
                      (b->part[BOUNDS_detect].usual_ns + b->part[BOUNDS_wait].usual_ns +
                       b->part[BOUNDS_stale_qm].usual_ns);
    double failed_ns = b->part[BOUNDS_stale_qm].usual_ns > 0.0 ? next_ns : 0.0;
    double vain = ceil((early_ns - failed_ns - last_ns) / (b->give_up_ns + next_ns));
    if (vain > 0.0 && isfinite(vain))
        failed_ns += vain * (b->give_up_ns + next_ns);
    b->part[BOUNDS_mm].usual_ns += comb_ns(stack, early_ns - failed_ns);
    set(&b->part[BOUNDS_mm_failed], 0.0, INFINITY, failed_ns, BOUNDS_WHY_arrivals);
}

/* What takes no time in the middle because the SAs of the start are of use again before they are
 * gone; or because the path is back while quick mode under the old main-mode SA is still repeated.
 */
static void set_usual_kept(struct bounds *b, view_t *v, const struct pieces *x)
{
    static const enum bounds_part between[] = {BOUNDS_stale_qm, BOUNDS_mm_failed, BOUNDS_mm,
                                               BOUNDS_qm_wait};
    struct bound *part = b->part;
    double usable_ns = course_usable_ns(v);
    double start_ns = part[BOUNDS_detect].usual_ns + part[BOUNDS_wait].usual_ns;
    double late_ns = usable_ns - x->path.up - start_ns;
    bool kept = usable_ns <= part[BOUNDS_detect].usual_ns;
    bool answered =
        v->mid->failure.kind == FAILURE_link && part[BOUNDS_stale_qm].usual_ns > late_ns;
    if (!kept && !answered)
        return;
    for (size_t i = 0; i < COUNT_OF(between); i++)
        part[between[i]].usual_ns = 0.0;
    part[BOUNDS_qm].usual_ns =
        kept ? 0.0 : x->quick_usual_ns + comb_ns(front_end_stack(v->mid), late_ns);
    if (kept)
        part[BOUNDS_wait].usual_ns = 0.0;
}

static double sum_ns(const struct bounds *b, size_t offset)
{
    static const enum bounds_part chain[] = {BOUNDS_detect,    BOUNDS_wait, BOUNDS_stale_qm,
                                             BOUNDS_mm_failed, BOUNDS_mm,   BOUNDS_qm_wait,
                                             BOUNDS_qm};
    double all_ns = 0.0;
    for (size_t i = 0; i < COUNT_OF(chain); i++)
        all_ns += *(const double *)((const char *)&b->part[chain[i]] + offset);
    return all_ns;
}

/* The new node hears nothing before it listens; SAs that are of use again are so at once. */
static void set_ipsec(struct bounds *b, const struct pieces *x)
{
    double parts_ns = sum_ns(b, offsetof(struct bound, floor_ns));
    double heard_ns = b->part[BOUNDS_vip_up].floor_ns;
    if (!x->keeps)
        heard_ns +=
            x->main_floor_ns - x->path.up_least + x->front_least.message + x->quick_floor_ns;
    set(&b->part[BOUNDS_ipsec], fmax(parts_ns, heard_ns),
        sum_ns(b, offsetof(struct bound, ceiling_ns)), sum_ns(b, offsetof(struct bound, usual_ns)),
        BOUNDS_WHY_arrivals);
}

/* A connection takes a round trip more than a request alone; without commit bit the first packet
 * may be ahead of QM3's reception. Where nothing is negotiated it may have been sent before. */
static double answer_least_ns(view_t *v, const struct pieces *x)
{
    double trips = v->mid->app.tcp ? 2.0 : 1.0;
    double least_ns =
        trips * (x->path.up_least + x->path.down_least) - (x->commit ? 0.0 : x->path.up_least);
    return x->keeps || x->in_clear ? 0.0 : least_ns;
}

static double answer_usual_ns(view_t *v, const struct pieces *x)
{
    return (v->mid->app.tcp ? 2.0 : 1.0) * (x->path.up + x->path.down);
}

/* The service must be online before it answers. */
static double served_least_ns(view_t *v, const struct pieces *x)
{
    return takeover_service_ns(v, TAKEOVER_LEAST, counted_set(v->mid)) +
           (x->keeps ? 0.0 : x->path.down_least);
}

static void set_app(struct bounds *b, view_t *v, const struct pieces *x)
{
    double answer_ns = answer_least_ns(v, x), ipsec_ns = b->part[BOUNDS_ipsec].usual_ns;
    double protected_ns = x->in_clear ? 0.0 : b->part[BOUNDS_ipsec].floor_ns + answer_ns;
    double service_ns = takeover_service_ns(v, TAKEOVER_MIDDLE, counted_set(v->mid));
    /* Where nothing is negotiated no packet waits that would be answered. */
    double next_ns = b->part[BOUNDS_qm].usual_ns > 0.0 ? 0.0 : b->next_request_ns;
    set(&b->part[BOUNDS_app], answer_ns, INFINITY,
        fmax(0.0, service_ns - ipsec_ns) + next_ns + answer_usual_ns(v, x), BOUNDS_WHY_arrivals);
    set(&b->part[BOUNDS_outage], fmax(protected_ns, served_least_ns(v, x)), INFINITY,
        ipsec_ns + b->part[BOUNDS_app].usual_ns, BOUNDS_WHY_arrivals);
}

static void set_all(struct bounds *b, double floor_ns, double ceiling_ns, double usual_ns,
                    enum bounds_why why)
{
    for (int i = 0; i < BOUNDS_COUNT; i++)
        b->part[i] = (struct bound){
            .floor_ns = floor_ns, .ceiling_ns = ceiling_ns, .usual_ns = usual_ns, .why = why};
}

static void set_takeover(struct bounds *b, view_t *v)
{
    takeover_online_ns(v, TAKEOVER_MIDDLE, b->online_ns);
    b->starts_assumed = takeover_may_fail(v);
    set(&b->part[BOUNDS_vip_up], takeover_vip_up_ns(v, TAKEOVER_LEAST),
        takeover_vip_up_ns(v, TAKEOVER_MOST), takeover_vip_up_ns(v, TAKEOVER_MIDDLE),
        course_why(v, false));
    set(&b->part[BOUNDS_app_ready], takeover_all_online_ns(v, TAKEOVER_LEAST),
        takeover_all_online_ns(v, TAKEOVER_MOST), takeover_all_online_ns(v, TAKEOVER_MIDDLE),
        course_why(v, true));
}

/* Nothing is protected: IPsec has no part in it. */
static void set_in_clear(struct bounds *b, view_t *v, const struct pieces *x)
{
    double service_ns = takeover_service_ns(v, TAKEOVER_MIDDLE, counted_set(v->mid));
    set_all(b, 0.0, 0.0, 0.0, BOUNDS_WHY_bounded);
    set_takeover(b, v);
    b->part[BOUNDS_ipsec] = (struct bound){NAN, INFINITY, NAN, BOUNDS_WHY_clear};
    set(&b->part[BOUNDS_outage], served_least_ns(v, x), INFINITY,
        service_ns + answer_usual_ns(v, x), BOUNDS_WHY_arrivals);
    b->part[BOUNDS_app] = b->part[BOUNDS_outage];
}

/* With a soft SA the outage may be over without IPsec, and with flows that go to different hosts it
 * may not be over at all: what is usual then is left open. */
static bool is_open(view_t *v, const struct pieces *x)
{
    bool splits = v->mid->cluster.affinity == NLB_AFFINITY_none;
    return x->in_clear || (takeover_is_balanced(v->mid) && splits);
}

static void leave_usual_open(struct bounds *b)
{
    for (int i = 0; i < BOUNDS_COUNT; i++)
        if (i != BOUNDS_vip_up && i != BOUNDS_app_ready)
            b->part[i].usual_ns = NAN;
}

/* Why nothing at all is worked out; bounded: it is. */
static enum bounds_why unknown_because(view_t *v)
{
    if (v->mid->trial.system != TRIAL_SYSTEM_ipsec)
        return BOUNDS_WHY_kind;
    if (takeover_must_fail(v))
        return BOUNDS_WHY_pending;
    return BOUNDS_WHY_bounded;
}

void bounds_of(struct bounds *b, const struct bounds_view *v)
{
    bool steady = v->mid->failure.kind == FAILURE_none;
    *b = (struct bounds){.give_up_low_ns = shortest_schedule_ns(v),
                         .give_up_high_ns = longest_schedule_ns(v),
                         .give_up_ns = bounds_schedule_ns(front_end_stack(v->mid), 0.0)};
    if (steady && v->mid->trial.system == TRIAL_SYSTEM_ipsec) {
        set_all(b, 0.0, 0.0, 0.0, BOUNDS_WHY_bounded);
        return;
    }
    enum bounds_why unknown = unknown_because(v);
    if (unknown != BOUNDS_WHY_bounded) {
        b->unknown = unknown;
        set_all(b, NAN, INFINITY, NAN, unknown);
        return;
    }
    struct pieces x = pieces_of(v);
    b->round_trip_ns = x.path.up + x.path.down;
    b->main_front_end_ns = front_end_main_ns(&x.front);
    b->main_node_ns = node_main_ns(&x.node);
    b->next_request_ns = next_request_ns(v->mid);
    if (bounds_protected(v->mid) == 0) {
        set_in_clear(b, v, &x);
        return;
    }
    set_takeover(b, v);
    set_detect(b, v, &x);
    set_wait(b, v, &x);
    set_stale_qm(b, v, &x);
    set_main(b, v, &x);
    set_quick(b, v, &x);
    set_failed_main(b, v, &x);
    set_usual_kept(b, v, &x);
    set_ipsec(b, &x);
    set_app(b, v, &x);
    if (is_open(v, &x))
        leave_usual_open(b);
}
