/*
 * The one signal that a runner keeps for itself.
 *
 * It is glibc's SIGSETXID (nptl: __SIGRTMIN + 1): sigaction(3) and sigprocmask(2) of the C library
 * refuse to touch it, so nothing that a script does with Python's signals takes it away.
 */
#ifndef STANDPY_RUNNER_SIGNAL_H
#define STANDPY_RUNNER_SIGNAL_H

#define RUNNER_SIGNAL 33

/*
 * With si_code SI_QUEUE and this value the signal means: write the stacks of all threads, then only
 * wait for SIGKILL.
 */
#define RUNNER_DUMP 1

#endif
