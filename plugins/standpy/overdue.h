/*
 * Workers that are past their deadline and have no watchdog any more: the script has stopped the
 * process, or made another program of it. The control process kills those.
 */
#ifndef STANDPY_OVERDUE_H
#define STANDPY_OVERDUE_H

struct worker_metrics;

/* By the worker: it is overdue when its watchdog has not acted soon after so many seconds. */
void overdue_after(struct worker_metrics *metrics, int seconds);

/* It is not, whatever happens. */
void overdue_never(struct worker_metrics *metrics);

/* In the control process. */
void overdue_kill(struct worker_metrics *metrics);

#endif
