/*
 * The pools of all engines, including those that a reload has removed.
 */
#ifndef STANDPY_ROUTER_POOLS_H
#define STANDPY_ROUTER_POOLS_H

struct pool;

/* The pool of the engine with that name, made if there is none; never freed while loops run. NULL
 * if memory runs out. */
struct pool *pool_of(const char *engine);
void pool_free_all(void);
/* The pool after this one, among all. NULL: gives the first; returned: there is no other. */
struct pool *pool_next(const struct pool *pool);

#endif
