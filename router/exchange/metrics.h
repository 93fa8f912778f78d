/*
 * The router's GET /metrics, in the text format of Prometheus.
 */
#ifndef STANDPY_ROUTER_METRICS_H
#define STANDPY_ROUTER_METRICS_H

struct record;
struct settings;

/* Counts an exchange that has ended, whatever became of it. */
void metrics_count(const struct record *record);

/* The caller frees the text; NULL if memory runs out. */
char *metrics_text(const struct settings *settings);

#endif
