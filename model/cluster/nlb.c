#include "cluster/nlb.h"

#include "moment/moment.h"

static uint32_t place_of(const struct nlb *nlb, int32_t host)
{
    uint32_t i = 0;
    while (i < nlb->hosts && nlb->host[i] != host)
        i++;
    return i;
}

static uint32_t hash(const struct luck *luck, uint32_t front_end, uint32_t flow)
{
    uint64_t bits = luck_bits(luck, LUCK_nlb_hash, actor_id(ACTOR_FRONT_END, 0, front_end), flow);
    return (uint32_t)(bits % NLB_BUCKETS);
}

uint32_t nlb_bucket(const struct nlb *nlb, uint32_t front_end, enum nlb_flow flow)
{
    bool single = nlb->params->affinity == NLB_AFFINITY_single;
    return hash(nlb->luck, front_end, single ? NLB_FLOW_IKE : flow);
}

void nlb_reset(struct nlb *nlb, const struct luck *luck, const struct cluster_params *params)
{
    *nlb = (struct nlb){.luck = luck, .params = params};
    for (int32_t i = 0; i < CLUSTER_HOSTS_MAX; i++)
        if (params->hosts >> i & 1 && i != params->standby)
            nlb->host[nlb->hosts++] = i;
    CHECK(nlb->hosts > 0);
    uint32_t first = nlb_bucket(nlb, 0, NLB_FLOW_IKE),
             place = place_of(nlb, (int32_t)params->active);
    nlb->shift = place + nlb->hosts - first % nlb->hosts;
    for (uint32_t b = 0; b < NLB_BUCKETS; b++)
        nlb->owner[b] = nlb->host[(b + nlb->shift) % nlb->hosts];
}

void nlb_remove(struct nlb *nlb, int32_t host)
{
    uint32_t place = place_of(nlb, host), next = 0;
    if (place == nlb->hosts)
        return;
    nlb->hosts--;
    for (uint32_t i = place; i < nlb->hosts; i++)
        nlb->host[i] = nlb->host[i + 1];
    for (uint32_t b = 0; b < NLB_BUCKETS; b++)
        if (nlb->owner[b] == host)
            nlb->owner[b] = nlb->hosts > 0 ? nlb->host[next++ % nlb->hosts] : -1;
}

/* Every (n+1)-th bucket of each old member, counted so that the first front end's is one. */
void nlb_add(struct nlb *nlb, int32_t host)
{
    uint32_t seen[CLUSTER_HOSTS_MAX] = {0}, members = nlb->hosts + 1;
    uint32_t first = nlb_bucket(nlb, 0, NLB_FLOW_IKE);
    CHECK(nlb->hosts < CLUSTER_HOSTS_MAX && place_of(nlb, host) == nlb->hosts);
    for (uint32_t k = 0; k < NLB_BUCKETS; k++) {
        uint32_t b = (first + k) % NLB_BUCKETS, place = place_of(nlb, nlb->owner[b]);
        if (nlb->hosts == 0 || seen[place]++ % members == 0)
            nlb->owner[b] = host;
    }
    nlb->host[nlb->hosts++] = host;
}

int32_t nlb_route(const struct nlb *nlb, const struct nlb_client *client, uint32_t front_end,
                  enum nlb_flow flow)
{
    bool session = flow != NLB_FLOW_CLEAR && nlb->params->nlb_tracks && client->host >= 0;
    if (session && place_of(nlb, client->host) < nlb->hosts)
        return client->host;
    return nlb->owner[nlb_bucket(nlb, front_end, flow)];
}

int32_t nlb_first_message(const struct nlb *nlb, struct nlb_client *client, uint32_t front_end,
                          bool initial_contact)
{
    if (initial_contact)
        client->host = -1;
    client->host = nlb_route(nlb, client, front_end, NLB_FLOW_IKE);
    return client->host;
}
