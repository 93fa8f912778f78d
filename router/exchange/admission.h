/*
 * Whether a request may pass: route, method, token, size, in this order, before anything of its
 * body is read.
 */
#ifndef STANDPY_ROUTER_ADMISSION_H
#define STANDPY_ROUTER_ADMISSION_H

#include <stdbool.h>

struct exchange;
struct exchange_head;

/*
 * True, and engine and body_length of the exchange set, where it may pass; false where the exchange
 * has its answer already.
 */
bool admission_grant(struct exchange *exchange, const struct exchange_head *head);

#endif
