/* The fields of a client's request, as they go on to the engine. */
#ifndef STANDPY_ROUTER_REQUEST_FIELDS_H
#define STANDPY_ROUTER_REQUEST_FIELDS_H

#include <stdbool.h>

struct exchange;
struct exchange_head;

/* Collects those that go on, and adds the router's own. False: the exchange was refused. */
bool request_fields_collect(struct exchange *exchange, const struct exchange_head *head);

/* Adds one. False where memory runs out. */
bool request_fields_add(struct exchange *exchange, const char *name, const char *value);

#endif
