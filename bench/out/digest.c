#include "digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "engine/check.h"

#define CHUNK ((size_t)256 * 1024)

static void end_digest(EVP_MD_CTX *context, char text[DIGEST_SIZE])
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    CHECK(EVP_DigestFinal_ex(context, bytes, NULL) == 1);
    for (int i = 0; i < DIGEST_LENGTH / 2; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static EVP_MD_CTX *begin_digest(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    CHECK(context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1);
    return context;
}

void digest_of_bytes(const void *data, size_t length, char text[DIGEST_SIZE])
{
    EVP_MD_CTX *context = begin_digest();
    CHECK(EVP_DigestUpdate(context, data, length) == 1);
    end_digest(context, text);
    EVP_MD_CTX_free(context);
}

bool digest_of_range(int fd, uint64_t from, uint64_t to, char text[DIGEST_SIZE])
{
    EVP_MD_CTX *context = begin_digest();
    char *chunk = malloc(CHUNK);
    CHECK(chunk != NULL);
    while (from < to) {
        size_t most = to - from < CHUNK ? (size_t)(to - from) : CHUNK;
        ssize_t n = pread(fd, chunk, most, (off_t)from);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = ENODATA;
        if (n <= 0)
            break;
        CHECK(EVP_DigestUpdate(context, chunk, (size_t)n) == 1);
        from += (uint64_t)n;
    }
    end_digest(context, text);
    EVP_MD_CTX_free(context);
    free(chunk);
    return from >= to;
}

void digest_of_program(char text[DIGEST_SIZE])
{
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct stat info;
    bool known =
        fd >= 0 && fstat(fd, &info) == 0 && digest_of_range(fd, 0, (uint64_t)info.st_size, text);
    if (!known)
        strcpy(text, "unknown");
    if (fd >= 0)
        close(fd);
}
