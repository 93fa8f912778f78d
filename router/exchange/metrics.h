/*
 * GET /metrics of the router, in the text format of Prometheus.
 */
#ifndef STANDPY_ROUTER_METRICS_H
#define STANDPY_ROUTER_METRICS_H

struct record;
struct settings;

/* An exchange has ended, whatever became of it. */
void metrics_count(const struct record *record);

/* Allocated text, NULL where memory runs out. */
char *metrics_text(const struct settings *settings);

#endif
