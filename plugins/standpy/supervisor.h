/*
 * A worker that never runs a script itself, but forks children that do: for ISOLATION=process one
 * for each request, for MAX_REQUESTS one for so many.
 *
 * One child at a time holds the turn: it accepts connections like any worker, answers, passes the
 * turn on, and ends. The next one is forked ahead and waits for the turn, so no request waits for a
 * fork. The supervisor stays as it was when it started: whatever a script did ends with its child.
 */
#ifndef STANDPY_SUPERVISOR_H
#define STANDPY_SUPERVISOR_H

struct worker;

/* Turns this worker into a supervisor of so many children. Returns in those only. */
void supervisor_run(struct worker *worker, int children);

/* In a child: waits for the turn. */
void supervisor_take_turn(struct worker *worker);

/* In a child, after its last request: passes the turn on and ends the process. */
__attribute__((noreturn)) void supervisor_pass_turn(struct worker *worker);

#endif
