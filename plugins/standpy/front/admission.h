/*
 * Whether a request to run a script is worth its body, by its head alone: pure.
 */
#ifndef STANDPY_ADMISSION_H
#define STANDPY_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "accept.h"
#include "execution_request.h"
#include "request.h"

/*
 * size_limit: bytes of a body; 0: none. Chooses the form of the answer. False, and why in error,
 * for what would be refused with its body as well.
 */
bool admit(const struct request_head *head, uint64_t size_limit, enum answer_form *form,
           struct decode_error *error);

#endif
