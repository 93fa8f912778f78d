/*
 * Recognizes variables that Kubernetes sets in a pod for each service of its namespace. For a
 * service named like engine-a it sets ENGINE_A_SERVICE_HOST, which looks like the host of an
 * engine, and would make an engine without a token. Pure.
 */
#ifndef STANDPY_ROUTER_SERVICE_LINKS_H
#define STANDPY_ROUTER_SERVICE_LINKS_H

#include <stdbool.h>

/*
 * Whether `variable` names the host of a service and not that of an engine: Kubernetes sets it
 * together with …_SERVICE_PORT. False if the settings say more about an engine of that name: a
 * token, a file of tokens or a queue in either list, or its host in the file. `variable` and both
 * lists have the form NAME=value; the lists end with a NULL.
 */
bool service_link_is_host(const char *variable, char *const *environment, char *const *file);

/* Whether Kubernetes set a variable for a service: all of that service's variables are there. */
bool service_link_is_part(const char *variable, char *const *environment);

#endif
