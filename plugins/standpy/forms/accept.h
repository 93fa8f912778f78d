/*
 * Chooses the form of the answer by the Accept field (RFC 9110 §12.5.1). Pure.
 */
#ifndef STANDPY_ACCEPT_H
#define STANDPY_ACCEPT_H

#include <stdbool.h>

#include "slice.h"

/* If a client likes several equally, the first wins. */
enum answer_form {
    ANSWER_JSON,      /* application/json: a report with everything inline */
    ANSWER_MULTIPART, /* multipart/mixed: a JSON report, then one raw part per output */
    ANSWER_ARROW,     /* application/vnd.apache.arrow.stream: the only output, a table */
    ANSWER_CSV,       /* text/csv: the only output, a table */
    ANSWER_BINARY,    /* application/octet-stream: the only output, a file */
};

#define ANSWER_FORMS                                                                               \
    "application/json, multipart/mixed, application/vnd.apache.arrow.stream, text/csv and "        \
    "application/octet-stream"

/* The media type of a form, a constant. */
const char *answer_media_type(enum answer_form form);

/*
 * Chooses what the client likes best. If the field is absent, accept.data is NULL and any form will
 * do. False if the client takes none of the forms.
 */
bool accept_choose(struct slice accept, enum answer_form *form);

#endif
