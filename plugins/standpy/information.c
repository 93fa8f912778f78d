#include "information.h"

#include <time.h>

#include "connections.h"
#include "engine.h"
#include "info.h"
#include "monotonic.h"

extern struct uwsgi_server uwsgi;

static char *make_info(void)
{
    struct info info = {
        .environment = engine.environment.name,
        .max_requests = engine.max_requests,
        .timeout = engine.timeout,
        .worker_uptime = (long)(monotonic_seconds() - atomic_load(&engine.shared->youngest_start)),
        .workers = uwsgi.numproc,
    };
    return info_encode(&info);
}

/* Second field of statm: resident pages (proc_pid_statm(5)). 0 where there is no such process. */
static uint64_t resident_bytes(int process)
{
    char path[64];
    unsigned long long pages = 0;
    snprintf(path, sizeof(path), "/proc/%d/statm", process);
    FILE *file = process > 0 ? fopen(path, "re") : NULL;
    if (!file)
        return 0;
    if (fscanf(file, "%*s %llu", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static char *make_metrics(void)
{
    const struct worker_metrics *workers = engine.shared->workers;
    uint64_t *resident = calloc((size_t)uwsgi.numproc, sizeof(*resident));
    char *text = NULL;
    size_t length;
    FILE *out = resident ? open_memstream(&text, &length) : NULL;
    if (!out) {
        free(resident);
        return NULL;
    }
    for (int i = 0; i < uwsgi.numproc; i++)
        resident[i] = resident_bytes(atomic_load(&workers[i].process)) +
                      resident_bytes(atomic_load(&workers[i].child));
    struct metrics_context context = {
        .version = STANDPY_VERSION,
        .python = engine.environment.version,
        .environment = engine.environment.name,
        .workers = uwsgi.numproc,
        .in_flight = connections_busy_workers() - (uwsgi.mywid > 0), /* without this request */
        .queued = atomic_load(&engine.shared->control.queued),
    };
    metrics_write(out, &context, workers, resident);
    free(resident);
    if (fclose(out) != 0) {
        free(text);
        text = NULL;
    }
    return text;
}

bool information_make(enum route route, struct information *information)
{
    information->content_type = "application/json";
    if (route == ROUTE_METRICS) {
        information->content_type = "text/plain; version=0.0.4; charset=utf-8";
        information->text = make_metrics();
    } else {
        information->text = route == ROUTE_INFO ? make_info() : strdup("{\"status\":\"ok\"}");
    }
    return information->text != NULL;
}
