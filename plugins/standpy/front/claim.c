#include "claim.h"

#include "contents.h"

#define MOST_SHOWN 80 /* bytes of a wrong name */

static bool check_names(const struct request_head *head, struct decode_error *error)
{
    struct slice wrong = head->wrong_content;
    switch (head->contents_status) {
    case CONTENT_NAMES_FINE:
        return true;
    case CONTENT_NAMES_TOO_MANY:
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "StandPy-Contents names more than %d contents", CONTENTS_MOST);
    case CONTENT_NAMES_MALFORMED:
        break;
    }
    return refuse(error, PROBLEM_MALFORMED_REQUEST,
                  "StandPy-Contents has \"%.*s\"; the name of a content is its SHA-256, 64 "
                  "lower-case hexadecimal digits",
                  wrong.length < MOST_SHOWN ? (int)wrong.length : MOST_SHOWN, wrong.data);
}

static void add(struct content_names *names, const char digest[CONTENT_DIGEST])
{
    memcpy(names->digests[names->count++], digest, CONTENT_DIGEST);
}

/* All or none, so that a request which is refused keeps nothing from going. */
static void take_all(struct work *work, const struct content_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        work->contents[i] = contents_find(names->digests[i]);
        content_take(work->contents[i]);
    }
    work->content_count = names->count;
}

bool claim_contents(struct work *work, const struct request_head *head, struct metrics *metrics,
                    struct claim *claim, struct decode_error *error)
{
    const struct content_names *names = &head->contents;
    claim->missing.count = claim->kept.count = 0;
    if (!check_names(head, error))
        return false;
    for (size_t i = 0; i < names->count; i++)
        add(contents_find(names->digests[i]) ? &claim->kept : &claim->missing, names->digests[i]);
    metrics->contents_misses += claim->missing.count;
    metrics->contents_hits += claim->kept.count;
    if (claim->missing.count > 0)
        return refuse(
            error, PROBLEM_CONTENTS_MISSING,
            "%zu of the %zu contents that StandPy-Contents names are not kept (any more); "
            "nothing ran: send them in full, with the option keep",
            claim->missing.count, names->count);
    take_all(work, names);
    return true;
}
