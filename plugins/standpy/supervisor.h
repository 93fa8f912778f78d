/*
 * ISOLATION=process: a worker that never runs a script itself, but forks a child for each request.
 *
 * One child at a time holds the turn: it accepts a connection like any worker, answers, passes the
 * turn on, and ends. The next one is forked ahead and waits for the turn, so no request waits for a
 * fork. The supervisor stays as it was when it started: whatever a script did ends with its child.
 */
#ifndef STANDPY_SUPERVISOR_H
#define STANDPY_SUPERVISOR_H

struct worker;

/* Turns this worker into a supervisor. Returns in its children only. */
void supervisor_run(struct worker *worker);

/* In a child: waits for the turn. */
void supervisor_take_turn(struct worker *worker);

/* In a child, after its request: passes the turn on and ends the process. */
__attribute__((noreturn)) void supervisor_pass_turn(struct worker *worker);

#endif
