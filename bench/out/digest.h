/* SHA-256 of bytes on disk: what tells a whole block of results from a torn one.
 * Separate because the journal, the files of counts and the identity of a program use the same one.
 * FIPS 180-4, by libcrypto. */
#ifndef BENCH_OUT_DIGEST_H
#define BENCH_OUT_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first half of a SHA-256 as hexadecimal text: enough against accidents. */
enum { DIGEST_LENGTH = 32, DIGEST_SIZE = DIGEST_LENGTH + 1 };

void digest_of_bytes(const void *data, size_t length, char text[DIGEST_SIZE]);

/* Of the bytes from .. to - 1 of a file; false (errno) when they cannot be read or are not there.
 */
bool digest_of_range(int fd, uint64_t from, uint64_t to, char text[DIGEST_SIZE]);

/* Of the running program's file: two builds from the same source with the same compiler have the
 * same one. "unknown" where it cannot be read. */
void digest_of_program(char text[DIGEST_SIZE]);

#endif
