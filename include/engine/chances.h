/* Which members of a group of 64 something happens to, each with the same probability and
 * independently of the others.
 * Separate because it is a way to draw of its own: each member has a uniform variate, and the k-th
 * binary digits of all 64 are one word of luck. Compared with the probability digit by digit, most
 * members are decided after a few words: a group costs little more than one member, and one member
 * costs the same when it is asked for alone. A higher probability happens to more, never to others.
 */
#ifndef ENGINE_CHANCES_H
#define ENGINE_CHANCES_H

#include "engine/luck.h"

enum { CHANCES_MEMBER_BITS = 6, CHANCES_TOGETHER = 8 };

/* place.index: the group, its low CHANCES_MEMBER_BITS bits 0. Returns those of `members` it
 * happens to: bit i is member i. */
uint64_t chances(const struct luck *luck, uint16_t purpose, struct luck_place place,
                 double probability, uint64_t members);

/* The same for n <= CHANCES_TOGETHER groups at once, each with its probability. */
void chances_together(const struct luck *luck, uint16_t purpose, const struct luck_place *place,
                      const double *probability, size_t n, uint64_t members, uint64_t *happens);

#endif
