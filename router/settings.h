/*
 * The router's settings, read from environment variables; the rest of the program sees a const
 * struct. Pure: takes the variables as an array.
 */
#ifndef STANDPY_ROUTER_SETTINGS_H
#define STANDPY_ROUTER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENGINE_PORT_DEFAULT  8080
#define LISTEN_DEFAULT       ":80"
#define MAX_THREADS          64
#define QUEUE_DEFAULT        100
#define BUFFER_LIMIT_DEFAULT (256U << 20) /* bytes */
#define BUSY_POLL_DEFAULT    150 /* microseconds; a short script and the way to it and back */
#define STOP_TIMEOUT_DEFAULT 9   /* seconds; Docker kills after 10 */

/* A name or address that serves an engine; a name may stand for several replicas. */
struct host {
    char *name; /* without brackets */
    unsigned port;
};

struct pool;

struct engine {
    char *name;    /* lower case, the first segment of the path */
    char **tokens; /* any of them opens it; none: open to everyone who reaches the router */
    size_t token_count;
    struct host *hosts;
    size_t host_count;
    unsigned queue_limit; /* requests that wait for a worker */
    bool queue_is_set;
    struct pool *pool; /* its replicas; set by who reads the settings */
};

struct settings {
    struct engine *engines; /* sorted by name */
    size_t engine_count;
    char *listen_host; /* NULL: every address */
    unsigned listen_port;
    uint64_t request_size_limit; /* bytes; 0: none */
    uint64_t buffer_limit;       /* bytes, for clients slower than their engine (buffer.h) */
    unsigned threads;            /* 0: chosen by the number of processors */
    unsigned stop_timeout;       /* seconds that requests in flight have at the end */
    unsigned busy_poll;          /* microseconds that a loop looks for events before it sleeps */
    bool log_json;
    char *tls_certificate, *tls_key; /* paths of PEM files; both or none */
};

/* Whether a variable of that name is looked at. */
bool settings_know(const char *name);

#define TOKENS_ALLOWED                                                                             \
    "a token must be visible ASCII characters without comma, at least one; leave the variable "    \
    "out for an engine without token"

/* Whether a text is a list of tokens, with commas between. */
bool settings_are_tokens(const char *text);

/*
 * Reads NAME=value strings up to a NULL. False, and one line in error, where a value is not
 * allowed; a token is never part of that line. settings_finish is due in both cases.
 */
bool settings_read(struct settings *settings, char *const *environment, char *error,
                   size_t capacity);
void settings_finish(struct settings *settings);

#endif
