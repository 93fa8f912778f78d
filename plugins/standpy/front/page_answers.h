/*
 * The answers of the WSGI application: they are sent while the application makes them.
 */
#ifndef STANDPY_PAGE_ANSWERS_H
#define STANDPY_PAGE_ANSWERS_H

#include "exchange.h"
#include "workers.h"

extern const struct workers_user page_answers;

/* The client has taken what there was of its answer. */
void page_answers_drained(struct exchange *exchange);

#endif
