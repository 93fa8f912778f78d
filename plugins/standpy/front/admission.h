/*
 * Decides by the head of a request to run a script whether its body is worth receiving. Pure.
 */
#ifndef STANDPY_ADMISSION_H
#define STANDPY_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "accept.h"
#include "execution_request.h"
#include "request.h"

/*
 * Chooses the form of the answer. size_limit: bytes of a body; 0: no limit. False, with the reason
 * in error, if the request would be refused once its body is there, too.
 */
bool admit(const struct request_head *head, uint64_t size_limit, enum answer_form *form,
           struct decode_error *error);

#endif
