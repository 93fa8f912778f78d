/*
 * An exchange's way to a replica: through its engine's pool, perhaps its queue, to the start of the
 * transfer; and back.
 */
#ifndef STANDPY_ROUTER_DISPATCH_H
#define STANDPY_ROUTER_DISPATCH_H

struct exchange;
struct inbox_item;
struct waiter;

/* Sends the request to a replica that it was not sent to before, now or when it is its turn; or
 * refuses it. */
void dispatch_find(struct exchange *exchange);

/* For waiter.granted. In the thread that freed a place, under the pool's lock: the exchange belongs
 * to its own, which is told. */
void dispatch_granted(struct waiter *waiter);

/* For an item of the loop's inbox: its exchange has a replica now, or there is none left. */
void dispatch_start(struct inbox_item *item);

/* Refuses it where it has waited for a replica to come up for as long as its engine's settings say.
 */
void dispatch_look(struct exchange *exchange);

/* The engine does not take the router's token. */
void dispatch_refuse_token(struct exchange *exchange);

/* Gives the replica back, where it has one. */
void dispatch_release(struct exchange *exchange);

/* Takes it from the queue or from its replica, wherever it is. */
void dispatch_stop(struct exchange *exchange);

#endif
