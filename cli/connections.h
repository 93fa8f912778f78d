/*
 * Finds what to connect to: options, a connection by its name, or variables. Tokens stand in files
 * or variables, never on a command line. Reads files, but has no state.
 */
#ifndef STANDPY_CONNECTIONS_H
#define STANDPY_CONNECTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "sentence.h"

/* What a command line says; each NULL if it does not. */
struct connection_options {
    const char *name; /* -c */
    const char *endpoint, *token_file, *cacert;
};

/* All owned. token, cacert: NULL if there is none. Neither endpoint nor token is checked yet. */
struct connection {
    char *endpoint, *token, *cacert;
};

/* As getenv: the value of a variable, borrowed; NULL if it is not set. */
typedef char *connection_variable(const char *name);

/*
 * Options win over the named connection, or over the variables if there is no name. False if that
 * fails: *why says what is missing, and shows no part of a token. connection_finish frees it.
 */
bool connection_find(struct connection *found, const struct connection_options *options,
                     connection_variable *variable, struct sentence *why);
void connection_finish(struct connection *connection); /* overwrites the token */

/* Writes the names of all connections, one a line, sorted. False with *why if there is no file. */
bool connection_names(FILE *out, connection_variable *variable, struct sentence *why);

#endif
