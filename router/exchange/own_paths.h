/*
 * Answers the router's own paths: /healthz, /readyz, /metrics.
 */
#ifndef STANDPY_ROUTER_OWN_PATHS_H
#define STANDPY_ROUTER_OWN_PATHS_H

#include "own_body.h"
#include "route.h"
#include "settings.h"
#include "step.h"

/* STEP_TAKE: body is the answer, with status 200; else STEP_REFUSE. kind: any but ROUTE_ENGINE. */
enum step own_paths_answer(const struct settings *settings, enum route_kind kind,
                           struct own_body *body, struct refusal *refusal);

#endif
