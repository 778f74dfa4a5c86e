#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "engine/check.h"

enum { FILE_MOST = 16 << 20 };

static void sha256(char hex[65], const struct file *file)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    CHECK(EVP_Digest(file->bytes, file->length, digest, &length, EVP_sha256(), NULL) == 1);
    CHECK(length == 32);
    for (unsigned i = 0; i < length; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* A file that several values name is one source. */
static void add_source(struct plan *plan, const char *path, const struct file *file)
{
    for (size_t i = 0; i < plan->sources; i++)
        if (strcmp(plan->source[i].path, path) == 0)
            return;
    plan->source = realloc(plan->source, (plan->sources + 1) * sizeof *plan->source);
    CHECK(plan->source != NULL);
    struct plan_source *source = &plan->source[plan->sources++];
    source->path = strdup(path);
    CHECK(source->path != NULL);
    sha256(source->sha256, file);
}

static bool read_stream(struct file *file, FILE *stream, const char *path, struct error *why)
{
    file->bytes = malloc(FILE_MOST + 1);
    CHECK(file->bytes != NULL);
    file->length = fread(file->bytes, 1, FILE_MOST + 1, stream);
    if (ferror(stream))
        return error_set(why, EXIT_INPUT, "cannot read '%s': %s", path,
                         errno == EISDIR ? "it is a folder, a file is due" : strerror(errno));
    if (file->length > FILE_MOST)
        return error_set(why, EXIT_INPUT, "'%s' is larger than 16 MiB", path);
    file->bytes[file->length] = '\0';
    file->bytes = realloc(file->bytes, file->length + 1);
    CHECK(file->bytes != NULL);
    return true;
}

bool file_read(struct file *file, struct plan *plan, const char *path, struct error *why)
{
    *file = (struct file){0};
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return error_set(why, EXIT_INPUT, "cannot read '%s': %s", path, strerror(errno));
    bool good = read_stream(file, stream, path, why);
    fclose(stream);
    if (good) {
        add_source(plan, path, file);
        return true;
    }
    free(file->bytes);
    file->bytes = NULL;
    return false;
}

char *file_path(const char *folder, const char *name)
{
    char *path = NULL;
    if (name[0] == '/' || strcmp(folder, ".") == 0)
        path = strdup(name);
    else if (asprintf(&path, "%s/%s", folder, name) < 0)
        path = NULL;
    CHECK(path != NULL);
    return path;
}

char *file_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    char *folder = strndup(slash == NULL ? "." : path, length);
    CHECK(folder != NULL);
    return folder;
}
