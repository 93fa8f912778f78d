#include "overdue.h"

#include <signal.h>

#include "metrics.h"
#include "monotonic.h"

#define SECOND 1000000000LL
#define GRACE  SECOND /* a watchdog looks every 20 ms; a machine may be busy */

void overdue_after(struct worker_metrics *metrics, int seconds)
{
    atomic_store(&metrics->kill_at, monotonic_nanoseconds() + seconds * SECOND + GRACE);
}

void overdue_never(struct worker_metrics *metrics)
{
    atomic_store(&metrics->kill_at, 0);
}

void overdue_kill(struct worker_metrics *metrics)
{
    long long at = atomic_load(&metrics->kill_at);
    if (at == 0 || monotonic_nanoseconds() < at)
        return;
    int child = atomic_load(&metrics->child); /* of a supervisor, which must not end with it */
    int process = child > 0 ? child : atomic_load(&metrics->process);
    if (process > 0 && atomic_compare_exchange_strong(&metrics->kill_at, &at, 0))
        kill(process, SIGKILL);
}
