/*
 * Contents that an engine keeps, as requests name them: by the SHA-256 of their bytes, in 64
 * lower-case hexadecimal digits. Pure.
 */
#ifndef STANDPY_CONTENT_NAMES_H
#define STANDPY_CONTENT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slice.h"

#define CONTENTS_HEADER "StandPy-Contents" /* of a request: what its inputs name */
#define KEPT_HEADER     "StandPy-Kept"     /* of an answer: what is kept of what a request has */

#define CONTENT_DIGEST 64 /* digits */
#define CONTENTS_MOST  32 /* that a request may name, and may have kept */

/* The media type of a content: what an input of it becomes (docs/protocol.md). */
enum content_form {
    CONTENT_FILE,
    CONTENT_PICKLE,
    CONTENT_ARROW,
    CONTENT_CSV,
    CONTENT_DATARESOURCE,
    CONTENT_FORMS,
};

/* The forms in which the same bytes were kept: bit 1 << form is set. */
typedef uint32_t content_forms;

bool is_content_name(struct slice text);

struct content_names {
    size_t count;
    char digests[CONTENTS_MOST][CONTENT_DIGEST];
};

enum content_names_status {
    CONTENT_NAMES_FINE,
    CONTENT_NAMES_MALFORMED, /* `wrong` is no digest */
    CONTENT_NAMES_TOO_MANY,
};

/*
 * Adds the names in one value of the field StandPy-Contents, a list (RFC 9110 §5.6.1); one that is
 * there already counts once. wrong: borrowed from value.
 */
enum content_names_status content_names_add(struct content_names *names, struct slice value,
                                            struct slice *wrong);

/* Tells contents apart where another one for it does no harm: the first 64 bits of the digest. */
uint64_t content_number(const char digest[CONTENT_DIGEST]);

/* Room for the names with ", " between them, and a null. */
#define CONTENT_NAMES_TEXT (CONTENTS_MOST * (CONTENT_DIGEST + 2) + 1)

/* As the value of a field; returns its length. */
size_t content_names_write(const struct content_names *names, char text[CONTENT_NAMES_TEXT]);

#endif
