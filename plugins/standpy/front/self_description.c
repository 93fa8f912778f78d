#include "self_description.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assignment.h"
#include "contents.h"
#include "engine.h"
#include "info_document.h"
#include "learner.h"
#include "monotonic.h"
#include "prometheus.h"
#include "roster.h"
#include "zygote_link.h"

static char *make_info(const struct engine *engine)
{
    const struct info info = {
        .environment = engine->environment.name,
        .max_requests = engine->max_requests,
        .timeout = engine->timeout,
        .worker_uptime = (long)(monotonic_seconds() - atomic_load(&engine->shared->youngest_start)),
        .workers = engine->workers,
    };
    return info_document(&info);
}

static char *write_metrics(const struct engine *engine, const uint64_t *resident)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    const struct metrics_context context = {
        .version = STANDPY_VERSION,
        .python = engine->environment.version,
        .environment = engine->environment.name,
        .workers = engine->workers,
        .in_flight = roster_busy(POOL_SCRIPTS),
        .queued = (int)assignment_waiting(POOL_SCRIPTS),
        .page_workers = engine->application.workers,
        .pages_in_flight = roster_busy(POOL_APPLICATION),
        .pages_queued = (int)assignment_waiting(POOL_APPLICATION),
        .learned = learner_count(),
        .contents = (int)contents_count(),
        .contents_bytes = contents_bytes(),
        .zygote_resident = zygote_link_process() > 0 ? look_resident(zygote_link_process()) : 0,
        .resident_bytes = resident,
    };
    metrics_write(out, &context, &engine->shared->metrics);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static char *make_metrics(const struct engine *engine)
{
    uint64_t *resident = calloc((size_t)engine->workers, sizeof(*resident));
    if (!resident)
        return NULL;
    for (int i = 0; i < engine->workers; i++) {
        const struct runner *runner = roster_of_worker(POOL_SCRIPTS, i + 1);
        resident[i] = runner ? look_resident(runner->process) : 0;
    }
    char *text = write_metrics(engine, resident);
    free(resident);
    return text;
}

/* How many requests the application takes, and where: for the router. */
static void describe_application(const struct engine *engine, char *fields)
{
    if (engine->application.workers > 0)
        snprintf(fields, SELF_DESCRIPTION_FIELDS, "StandPy-WSGI: workers=%d; mount=%.200s\r\n",
                 engine->application.workers,
                 engine->application.mount[0] ? engine->application.mount : "/");
}

bool self_describe(enum route route, const struct engine *engine,
                   struct self_description *description)
{
    description->content_type = "application/json";
    description->fields[0] = '\0';
    if (route == ROUTE_INFO)
        describe_application(engine, description->fields);
    if (route == ROUTE_METRICS) {
        description->content_type = PROMETHEUS_MEDIA_TYPE;
        description->text = make_metrics(engine);
    } else {
        description->text = route == ROUTE_INFO ? make_info(engine) : strdup("{\"status\":\"ok\"}");
    }
    return description->text != NULL;
}
