#include "keeping.h"

#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "sha256.h"

#define PIECE (1 << 20) /* bytes between two looks at the clock */

bool keeping_init(struct keeping *keeping, const struct inputs *inputs, struct failure *failure)
{
    keeping->inputs = calloc(inputs->count + 1, sizeof(*keeping->inputs));
    if (!keeping->inputs)
        return failure_of_memory(failure);
    keeping->count = inputs->count;
    for (size_t i = 0; i < inputs->count; i++) {
        const struct part *part = &inputs->list[i].part;
        keeping->inputs[i].is_worth_it =
            strcmp(part->name, "file") == 0 && part->path && part->size >= KEEPING_LEAST;
    }
    return true;
}

void keeping_finish(struct keeping *keeping)
{
    free(keeping->inputs);
    memset(keeping, 0, sizeof(*keeping));
}

bool keeping_is_wanted(const struct keeping *keeping)
{
    for (size_t i = 0; i < keeping->count; i++) {
        if (keeping->inputs[i].is_worth_it)
            return true;
    }
    return false;
}

/* False if a signal came, or the file cannot be read (errno is then that of the file). */
static bool digest_stream(FILE *file, const struct part *part, char digest[CONTENT_DIGEST + 1],
                          struct progress *progress, char *piece)
{
    struct sha256 sha256;
    size_t count;
    int64_t done = 0;
    sha256_begin(&sha256);
    while (!interrupt_came() && (count = fread(piece, 1, PIECE, file)) > 0) {
        sha256_add(&sha256, (struct slice){piece, count});
        done += (int64_t)count;
        progress_set(progress, PROGRESS_DIGESTING, done, (int64_t)part->size);
        progress_draw(progress);
    }
    sha256_end(&sha256, digest);
    digest[CONTENT_DIGEST] = '\0';
    return !interrupt_came() && !ferror(file);
}

static bool make_digest(struct kept_input *input, const struct part *part,
                        struct progress *progress, struct failure *failure)
{
    FILE *file = fopen(part->path, "re");
    char *piece = malloc(PIECE);
    bool made = file && piece && digest_stream(file, part, input->digest, progress, piece);
    if (!made && interrupt_came())
        failure_of_interrupt(failure);
    else if (!made)
        failure_of_file(failure, part->path);
    free(piece);
    if (file)
        fclose(file);
    return made;
}

bool keeping_name(struct keeping *keeping, size_t place, const struct inputs *inputs,
                  struct progress *progress, const char **name, struct failure *failure)
{
    struct kept_input *input = &keeping->inputs[place];
    *name = "";
    if (input->kept == KEPT_NO)
        return true;
    if (!input->digest[0] && !make_digest(input, &inputs->list[place].part, progress, failure))
        return false;
    *name = input->digest;
    return true;
}

void keeping_learn(struct keeping *keeping, const char *kept)
{
    for (size_t i = 0; i < keeping->count; i++) {
        struct kept_input *input = &keeping->inputs[i];
        if (input->digest[0] && strstr(kept, input->digest))
            input->kept = KEPT_YES;
    }
}

static bool lists(const json_t *missing, const char *digest)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)missing, i, one)
    {
        if (json_is_string(one) && strcmp(json_string_value(one), digest) == 0)
            return true;
    }
    return false;
}

void keeping_forget(struct keeping *keeping, const json_t *missing)
{
    bool names_some = json_array_size(missing) > 0;
    for (size_t i = 0; i < keeping->count; i++) {
        struct kept_input *input = &keeping->inputs[i];
        if (input->digest[0] && (!names_some || lists(missing, input->digest)))
            input->kept = KEPT_NO;
    }
}
