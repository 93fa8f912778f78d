/*
 * Inside the process that has the WSGI application (application.h): loads it, then forks its
 * runners whenever the front asks.
 */
#ifndef STANDPY_HOST_H
#define STANDPY_HOST_H

#include "zygote.h"

/* In a new child of the zygote. socket: to the zygote, whose death ends this process, too; its
 * runners go on. */
__attribute__((noreturn)) void host_run(const struct zygote *zygote, pid_t parent, int socket);

#endif
