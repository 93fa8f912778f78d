/*
 * Problem details (RFC 9457): the form of every error answer of engine and router.
 */
#ifndef STANDPY_PROBLEM_H
#define STANDPY_PROBLEM_H

#include <jansson.h>
#include <stddef.h>

#include "slice.h"

#define PROBLEM_MEDIA_TYPE "application/problem+json"

/* Decides type (urn:standpy:problem:<slug>), title and status. */
enum problem_kind {
    PROBLEM_MALFORMED_REQUEST,
    PROBLEM_UNAUTHORIZED,
    PROBLEM_NOT_FOUND,
    PROBLEM_METHOD_NOT_ALLOWED,
    PROBLEM_NOT_ACCEPTABLE,
    PROBLEM_CONTENTS_MISSING, /* nothing ran; the problem lists them */
    PROBLEM_TOO_LARGE,
    PROBLEM_UNSUPPORTED_MEDIA_TYPE,
    PROBLEM_SCRIPT_PARSE_FAILED,
    PROBLEM_SCRIPT_FAILED,
    PROBLEM_OUTPUTS_FAILED,
    PROBLEM_INTERNAL,
    PROBLEM_SCRIPT_DIED,
    PROBLEM_UNREACHABLE,  /* the request was never sent, so sending it again is safe */
    PROBLEM_ENGINE_BROKE, /* the script may have run */
    PROBLEM_UNAVAILABLE,
    PROBLEM_DEADLINE,
    PROBLEM_GATEWAY_TIMEOUT,
};

int problem_status(enum problem_kind kind);

/* Title for people; a string constant. */
const char *problem_title(enum problem_kind kind);

/*
 * Makes the problem object: type, title, status, detail and, unless it is NULL, request_id.
 * Replaces bytes of detail that are not UTF-8, so detail may quote any input.
 * The caller owns the reference and may add members. NULL if memory runs out.
 */
json_t *problem_create(enum problem_kind kind, const char *detail, const char *request_id);

/*
 * Returns the problem as JSON text. The caller frees it. NULL if memory runs out.
 * *length is in bytes, without the terminating null.
 */
char *problem_encode(enum problem_kind kind, const char *detail, const char *request_id,
                     size_t *length);

/* The slug of the problem with which a text begins; empty if it begins with none. Borrowed. */
struct slice problem_slug(struct slice text);

#endif
