#include "support.h"

#include <stdio.h>

#include "engine/check.h"

static const struct stack_params *stack_at(const struct plan *plan, int64_t stack)
{
    return &plan->base.stack[stack];
}

/* A host that restarts is one without a cluster, whatever its stack's key is called. */
static int cluster_on_2000(const struct plan *plan)
{
    int64_t stack = plan->base.cluster.stack;
    if (plan->base.failure.kind == FAILURE_restart)
        return SUPPORT_GOOD;
    return stack_at(plan, stack)->product == STACK_windows2000 ? (int)stack : SUPPORT_GOOD;
}

/* The first of the two stacks in use for which `is` holds. */
static int either(const struct plan *plan, bool (*is)(const struct stack_params *))
{
    int64_t front = plan->base.front_end.stack, nodes = plan->base.cluster.stack;
    if (is(stack_at(plan, front)))
        return (int)front;
    return is(stack_at(plan, nodes)) ? (int)nodes : SUPPORT_GOOD;
}

static bool acknowledges_on_2000(const struct stack_params *stack)
{
    return stack->product == STACK_windows2000 && stack->delete_kind == IKE_DELETE_reliable;
}

static int reliable_on_2000(const struct plan *plan)
{
    return either(plan, acknowledges_on_2000);
}

static bool knows_on_2000(const struct stack_params *stack)
{
    return stack->product == STACK_windows2000 &&
           (stack->fast_failover || stack->nlbs_present == IKE_NLBS_on);
}

static int failover_on_2000(const struct plan *plan)
{
    return either(plan, knows_on_2000);
}

/* Vista and Server 2008 have the value with the hotfix only, which is not a product of its own
 * here. */
static bool limits_without_hotfix(const struct stack_params *stack)
{
    return stack->nlbs_qm_retransmit_ns != 0 &&
           (stack->product == STACK_windows2000 || stack->product == STACK_windows2003);
}

static int limit_without_hotfix(const struct plan *plan)
{
    return either(plan, limits_without_hotfix);
}

static bool short_failover_without_hotfix(const struct stack_params *stack)
{
    return stack->product == STACK_windows2003 && stack->idle_failover_ns != 60000000000;
}

static int failover_time_without_hotfix(const struct plan *plan)
{
    return either(plan, short_failover_without_hotfix);
}

static bool idle_out_of_range(const struct stack_params *stack)
{
    return stack->product != STACK_other &&
           (stack->idle_ns < 300000000000 || stack->idle_ns > 3600000000000);
}

static int idle_beyond_registry(const struct plan *plan)
{
    return either(plan, idle_out_of_range);
}

/* Laid out by hand: when, key, sentence, source, whether a run says it too. */
/* clang-format off */
const struct support_rule support_rules[] = {
    {cluster_on_2000, "product",
     "Windows 2000 in a cluster is not supported: Windows 2000 Server only where it is not clustered",
     "KB 821839, C2", true},
    {reliable_on_2000, "delete",
     "Windows 2000 has no acknowledged DELETE", "[MS-IKEE] notes <23>, <24>", false},
    {failover_on_2000, "fast_failover",
     "Windows 2000 knows neither NLBSFlags nor NLBS_PRESENT", "[MS-IKEE] note <22>", false},
    {limit_without_hotfix, "nlbs_qm_retransmit",
     "this time can be set only with hotfix 980915", "KB 980915", false},
    {failover_time_without_hotfix, "idle_failover",
     "it is 60s; another time can be set only with hotfix 980915", "[MS-IKEE] note <21>; KB 980915", false},
    {idle_beyond_registry, "idle",
     "Windows takes 300s to 3600s", "SAIdleTime, techgenix.com; Firewall CSP", false},
};
/* clang-format on */
const size_t support_rule_count = COUNT_OF(support_rules);

char *support_text(char text[SUPPORT_TEXT_MAX], const struct plan *plan,
                   const struct support_rule *rule, int stack)
{
    snprintf(text, SUPPORT_TEXT_MAX, "stack.%s.%s: %s (%s)", plan->names[KIND_stack][stack],
             rule->key, rule->what, rule->source);
    return text;
}

void support_warn(struct plan *const *plan, size_t arms)
{
    char text[SUPPORT_TEXT_MAX];
    for (size_t i = 0; i < support_rule_count; i++)
        for (size_t arm = 0; support_rules[i].run_says && arm < arms; arm++) {
            int stack = support_rules[i].broken(plan[arm]);
            if (stack == SUPPORT_GOOD)
                continue;
            fprintf(stderr, "ikebench: %s/%s: %s; simulated all the same\n", plan[arm]->folder,
                    plan[arm]->name, support_text(text, plan[arm], &support_rules[i], stack));
            break;
        }
}
