/*
 * The connections that a worker keeps open between requests, and the loop that waits for them.
 *
 * A kept connection belongs to one worker. That none of its requests waits for a busy worker while
 * another is idle, or is lost with it, three things see to: a worker with a few connections hands
 * the others over before it runs a script, one that finds a request waiting after one of its own
 * hands its connection over to an idle worker, and so does the watchdog beside a long one. What is
 * handed over goes through the socket of the control process (control.h), unread. Before a worker
 * is replaced it hands over all that it has, so its clients notice nothing.
 *
 * The loop takes the place of uWSGI's own (core/loop.c, simple_loop_run) and makes the same calls,
 * but has one epoll for listening sockets and kept connections together. A loop engine, which
 * uWSGI also knows, would do; uWSGI logs a line for each process that starts one.
 */
#ifndef STANDPY_KEPT_H
#define STANDPY_KEPT_H

#include <stdbool.h>

struct control;
struct worker;
struct wsgi_request;

#define KEPT_LIMIT 128 /* for each worker; one more closes the one that was idle longest */

/* In a new worker. Borrowed. */
void kept_use(struct control *control, struct worker *worker);

/* uWSGI's hijack_worker: serves until the worker is to end. */
void kept_loop(void);

/* A worker's SIGHUP: it serves the requests that are there already, and ends. */
void kept_finish(int number);

/*
 * Whether this request's connection can stay open, to be asked when its whole body was read: an
 * HTTP/1.1 client that does not want it closed and has sent nothing more yet.
 */
bool kept_possible(struct wsgi_request *wsgi_request);

/* The answer was sent whole and did not announce the end: proto_close will not close. */
void kept_wish(void);

/* A connection without a request, that another worker had; closes it where it cannot be kept. */
void kept_add(const struct wsgi_request *wsgi_request);

/* The socket's proto_close (uwsgi.h): closes the connection, or keeps it. */
void kept_close(struct wsgi_request *wsgi_request);

/*
 * While a request runs, others may take from what is kept: between these two calls, on the thread
 * that runs requests.
 */
void kept_lend(void);
void kept_take_back(void);

/* On the watchdog's thread: hands over connections on which a request waits. */
void kept_hand_over_waiting(void);

/* On either thread: hands over all but the one whose request has no whole answer. */
void kept_hand_over_all(void);

#endif
