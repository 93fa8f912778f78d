/*
 * Variables that Kubernetes sets in a pod for each service of its namespace: pure. That of a
 * service with a name like engine-a is ENGINE_A_SERVICE_HOST, which reads like the host of an
 * engine, and would be one without a token.
 */
#ifndef STANDPY_ROUTER_SERVICE_LINKS_H
#define STANDPY_ROUTER_SERVICE_LINKS_H

#include <stdbool.h>

/*
 * Whether `variable` (NAME=value, as those of both lists up to their NULL) names the host of a
 * service and not that of an engine: it comes in a pair with …_SERVICE_PORT, as Kubernetes sets
 * both. Not where the settings say more of an engine of that name: a token, a file of tokens or a
 * queue in either list, or its host in the file.
 */
bool service_link_is_host(const char *variable, char *const *environment, char *const *file);

/* Whether a variable is one of those that Kubernetes sets for a service, all of which are there. */
bool service_link_is_part(const char *variable, char *const *environment);

#endif
