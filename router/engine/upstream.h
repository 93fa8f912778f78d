/*
 * The engines' side: libcurl's multi interface on the loop's epoll. Only upstream.c, sockets.c and
 * transfer.c know libcurl, except for the probes in monitor.c and healthcheck.c.
 */
#ifndef STANDPY_ROUTER_UPSTREAM_H
#define STANDPY_ROUTER_UPSTREAM_H

#include <stdbool.h>
#include <stdint.h>

struct transfers;
struct upstream; /* one for each loop */

/* Call each once per process, before and after everything else. False if libcurl does not start. */
bool upstream_global_start(void);
void upstream_global_stop(void);

/* NULL if memory runs out. tag: upper half of epoll's data for the sockets of this side. */
struct upstream *upstream_create(int epoll, uint32_t tag);
void upstream_destroy(struct upstream *upstream);

/* Its transfers (transfer.h); valid as long as the upstream. */
struct transfers *upstream_transfers(struct upstream *upstream);

/* A socket of this side is ready (EPOLLIN, EPOLLOUT, …). */
void upstream_ready(struct upstream *upstream, int descriptor, uint32_t events);
/* Milliseconds until upstream_run is due; -1: not at all. */
int upstream_timeout(const struct upstream *upstream);
/* Closes the sockets of ended transfers, once the replies are on their way. */
void upstream_close_sockets(struct upstream *upstream);
/* Does what is due, and ends transfers that are done. */
void upstream_run(struct upstream *upstream);

#endif
