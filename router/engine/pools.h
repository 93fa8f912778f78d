/*
 * The pools of all engines, also of those that a reload has taken away.
 */
#ifndef STANDPY_ROUTER_POOLS_H
#define STANDPY_ROUTER_POOLS_H

struct pool;

/* The pool of the engine of that name, made where there is none; never freed while loops run. */
struct pool *pool_of(const char *engine);
void pool_free_all(void);
/* The one behind it, of all there are; NULL: the first, or no other. */
struct pool *pool_next(const struct pool *pool);

#endif
