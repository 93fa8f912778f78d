/*
 * The process that has the WSGI application: a fork of the zygote, which loads the application once
 * and forks its runners. It is told what to do by the zygote, over a socket of their own, and
 * speaks to the front like the zygote. Its import is trusted like that of PRELOAD; what requests
 * have it do is confined.
 */
#ifndef STANDPY_APPLICATION_H
#define STANDPY_APPLICATION_H

#include <stdbool.h>
#include <sys/types.h>

#include "message.h"
#include "zygote.h"

/* In the zygote; does nothing if there is no application. not_its: a descriptor that the new
 * process shall not have; -1: none. */
void application_start(struct zygote *zygote, int not_its);

/* Waits until it is loaded, or cannot be: then false, with why in `error`. */
bool application_wait(char *error, size_t capacity);

/* The zygote's end of the socket; -1: there is no process. Call application_hear if it is ready. */
int application_socket(void);
void application_hear(uint64_t generation);

/* Says to the front of that generation how things stand. */
void application_tell(uint64_t generation);

/* Passes on a message of the front. False if there is no process. */
bool application_pass_on(const struct control_message *message);

/* Milliseconds until application_pass_time is to be called; -1: never. */
int application_timeout(void);
void application_pass_time(struct zygote *zygote, uint64_t generation);

#endif
