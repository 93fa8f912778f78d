/*
 * One exchange: a request that uWSGI handed to this worker, from its head to its answer.
 */
#ifndef STANDPY_EXCHANGE_H
#define STANDPY_EXCHANGE_H

struct worker;
struct wsgi_request;

/* Answers the request, whatever it is. */
void exchange_run(struct worker *worker, struct wsgi_request *wsgi_request);

#endif
