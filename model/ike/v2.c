/* IKEv2's initial exchanges as a pair of tables. RFC 7296 1.2, with the cookies of 2.6:
 *
 *        Initiator                          Responder
 *       -------------------------------------------------------------------
 *        HDR(A,0), SAi1, KEi, Ni            -->
 *                                           <--  HDR(A,0), N(COOKIE)
 *        HDR(A,0), N(COOKIE), SAi1, KEi, Ni -->
 *                                           <--  HDR(A,B), SAr1, KEr, Nr, [CERTREQ]
 *        HDR(A,B), SK {IDi, [CERT,] AUTH, SAi2, TSi, TSr} -->
 *                                           <--  HDR(A,B), SK {IDr, [CERT,] AUTH, SAr2, TSi, TSr}
 *
 * A responder that demands a cookie keeps no state and does no cryptography worth a name (one
 * hash).
 */
#include "ike/tables.h"

#include "engine/check.h"

enum { I_IDLE, I_SENT_INIT, I_SENT_COOKIE, I_SENT_AUTH, I_UP, I_FAILED };
static const struct ike_row initiator_rows[] = {
    {I_IDLE, IKE_ON_START, IKE_WHEN_ALWAYS, WORK_KEYGEN, IKE2_SA_INIT, 1, EFFECT_NONE, I_SENT_INIT,
     "RFC 7296 1.2, first message"},
    {I_SENT_INIT, IKE2_COOKIE, IKE_WHEN_ALWAYS, 0, IKE2_SA_INIT_COOKIE, 1, EFFECT_NONE,
     I_SENT_COOKIE, "RFC 7296 2.6: the same message with the cookie"},
    {I_SENT_COOKIE, IKE2_COOKIE, IKE_WHEN_ALWAYS, 0, IKE2_SA_INIT_COOKIE, 1, EFFECT_NONE,
     I_SENT_COOKIE, "RFC 7296 2.6: the cookie was too old"},
    {I_SENT_INIT, IKE2_SA_INIT_ANSWER, IKE_WHEN_ALWAYS, WORK_AGREE | WORK_SIGN | WORK_MESSAGE,
     IKE2_AUTH, 1, EFFECT_NONE, I_SENT_AUTH, "RFC 7296 1.2, IKE_AUTH"},
    {I_SENT_COOKIE, IKE2_SA_INIT_ANSWER, IKE_WHEN_ALWAYS, WORK_AGREE | WORK_SIGN | WORK_MESSAGE,
     IKE2_AUTH, 1, EFFECT_NONE, I_SENT_AUTH, "RFC 7296 1.2, IKE_AUTH"},
    {I_SENT_AUTH, IKE2_AUTH_ANSWER, IKE_WHEN_ALWAYS, WORK_VERIFY_2 | WORK_MESSAGE, IKE_NO_MESSAGE,
     0, EFFECT_UP, I_UP, "RFC 7296 1.2, IKE_AUTH answered"},
    {I_SENT_INIT, IKE_ON_GIVE_UP, IKE_WHEN_ALWAYS, 0, IKE_NO_MESSAGE, 0, EFFECT_FAILED, I_FAILED,
     "RFC 7296 2.4: repeated requests have gone unanswered"},
    {I_SENT_COOKIE, IKE_ON_GIVE_UP, IKE_WHEN_ALWAYS, 0, IKE_NO_MESSAGE, 0, EFFECT_FAILED, I_FAILED,
     "RFC 7296 2.4: repeated requests have gone unanswered"},
    {I_SENT_AUTH, IKE_ON_GIVE_UP, IKE_WHEN_ALWAYS, 0, IKE_NO_MESSAGE, 0, EFFECT_FAILED, I_FAILED,
     "RFC 7296 2.4: repeated requests have gone unanswered"},
};
const struct ike_table ike2_initiator = {
    .name = "IKEv2, initiator",
    .exchange = IKE_INITIAL,
    .initiator = true,
    .states = 6,
    .state = {"IDLE", "SENT_SA_INIT", "SENT_SA_INIT_COOKIE", "SENT_AUTH", "UP", "FAILED"},
    .row = initiator_rows,
    .rows = COUNT_OF(initiator_rows),
};

enum { R_IDLE, R_SENT_INIT, R_UP };
#define SENT_ANSWER WORK_KEYGEN | WORK_AGREE, IKE2_SA_INIT_ANSWER, 0, EFFECT_NONE, R_SENT_INIT
static const struct ike_row responder_rows[] = {
    {R_IDLE, IKE2_SA_INIT, IKE_WHEN_OPTION, 0, IKE2_COOKIE, 0, EFFECT_NONE, R_IDLE,
     "RFC 7296 2.6: a cookie is demanded, no state is kept"},
    {R_IDLE, IKE2_SA_INIT_COOKIE, IKE_WHEN_OPTION, 0, IKE2_COOKIE, 0, EFFECT_NONE, R_IDLE,
     "RFC 7296 2.6: the cookie is too old, another one"},
    {R_IDLE, IKE2_SA_INIT, IKE_WHEN_NO_OPTION, SENT_ANSWER, "RFC 7296 1.2, IKE_SA_INIT answered"},
    {R_IDLE, IKE2_SA_INIT_COOKIE, IKE_WHEN_NO_OPTION, SENT_ANSWER,
     "RFC 7296 2.6: the cookie is good, or none is demanded any more"},
    {R_SENT_INIT, IKE2_AUTH, IKE_WHEN_ALWAYS, WORK_VERIFY_2 | WORK_SIGN | WORK_MESSAGE,
     IKE2_AUTH_ANSWER, 0, EFFECT_UP, R_UP, "RFC 7296 1.2, IKE_AUTH answered"},
};
const struct ike_table ike2_responder = {
    .name = "IKEv2, responder",
    .exchange = IKE_INITIAL,
    .initiator = false,
    .states = 3,
    .state = {"IDLE", "SENT_SA_INIT", "UP"},
    .waits = {NULL, "RFC 7296 2.1: only the initiator of a request repeats it", NULL},
    .row = responder_rows,
    .rows = COUNT_OF(responder_rows),
};
