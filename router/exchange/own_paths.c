#include "own_paths.h"

#include <string.h>

#include "metrics.h"
#include "pool.h"
#include "prometheus.h"

static bool any_engine_is_ready(const struct settings *settings)
{
    for (size_t i = 0; i < settings->engine_count; i++) {
        if (pool_is_ready(settings->engines[i].pool))
            return true;
    }
    return false;
}

enum step own_paths_answer(const struct settings *settings, enum route_kind kind,
                           struct own_body *body, struct refusal *refusal)
{
    if (kind == ROUTE_READYZ && !any_engine_is_ready(settings)) {
        refuse(refusal, PROBLEM_UNAVAILABLE, "no engine can be reached");
        refusal->retry_after = 1;
        return STEP_REFUSE;
    }
    bool is_metrics = kind == ROUTE_METRICS;
    body->bytes = is_metrics ? metrics_text(settings) : strdup("{\"status\":\"ok\"}");
    if (!body->bytes)
        return refuse(refusal, PROBLEM_INTERNAL, "out of memory");
    body->length = strlen(body->bytes);
    body->media_type = is_metrics ? PROMETHEUS_MEDIA_TYPE : "application/json";
    return STEP_TAKE;
}
