#include "stores.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "engine/check.h"

#include "../cert/pem.h"

static void put(EVP_MD_CTX *digest, const void *bytes, size_t length)
{
    CHECK(EVP_DigestUpdate(digest, bytes, length) == 1);
}

/* All that the procedure sees of a store. */
static void hash(char hex[65], const struct tls_store *store)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    CHECK(digest != NULL && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1);
    for (uint32_t i = 0; i < store->count; i++) {
        const struct tls_cert *cert = &store->cert[i];
        const uint8_t seen[] = {cert->private_key, cert->chain};
        put(digest, cert->thumbprint, sizeof cert->thumbprint);
        put(digest, seen, sizeof seen);
    }
    CHECK(EVP_DigestFinal_ex(digest, bytes, &length) == 1 && length == 32);
    EVP_MD_CTX_free(digest);
    for (unsigned i = 0; i < length; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

static void add_source(struct plan *plan, const char *folder, const struct tls_store *store)
{
    plan->source = realloc(plan->source, (plan->sources + 1) * sizeof *plan->source);
    CHECK(plan->source != NULL);
    struct plan_source *source = &plan->source[plan->sources++];
    source->path = strdup(folder);
    CHECK(source->path != NULL);
    hash(source->sha256, store);
}

static bool read_one(struct plan *plan, struct draft *draft, int i, struct error *error)
{
    const struct store_params *store = &plan->base.store[i];
    struct slot slot = {(size_t)(param_find(KIND_store, "pem") - param_defs), i};
    struct pem_options options = {store->pem, store->roots,
                                  plan->base.smtps > 0 ? plan->base.smtp[0].clock_s : 0, false};
    struct error why;
    plan->pem[i] = calloc(1, sizeof *plan->pem[i]);
    CHECK(plan->pem[i] != NULL);
    if (!pem_store_read(plan->pem[i], &options, &why)) {
        const struct draft_text *text = draft_value(draft, slot);
        return place_refuse(error, text->text != NULL ? &text->place : &draft->whole,
                            "store.%s.pem: %s", plan->names[KIND_store][i], why.text);
    }
    plan->base.files[i] = &plan->pem[i]->store;
    add_source(plan, store->pem, plan->base.files[i]);
    return true;
}

bool stores_read(struct plan *plan, struct draft *draft, struct error *error)
{
    for (int i = 0; i < plan->base.stores; i++)
        if (plan->base.store[i].pem != NULL && !read_one(plan, draft, i, error))
            return false;
    return true;
}

void stores_free(struct plan *plan)
{
    for (int i = 0; i < TLS_STORES_MAX; i++) {
        if (plan->pem[i] != NULL)
            pem_store_fini(plan->pem[i]);
        free(plan->pem[i]);
    }
}
