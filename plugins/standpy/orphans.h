/*
 * Processes of scripts that outlived the worker: it died before it could end them, and they had
 * left its process group. They hold the connection of their request open, and run on.
 */
#ifndef STANDPY_ORPHANS_H
#define STANDPY_ORPHANS_H

/* In the master, before any fork: orphans become its children. */
void orphans_adopt(void);

/*
 * In the master, around each fork of its own: uWSGI writes the number of a new worker down only
 * after fork(), and until then it looks like an orphan to others.
 */
void orphans_fork_begins(void);
void orphans_fork_is_known(void);

/* In the master, or in a worker that takes the place of one that died: ends them. */
void orphans_end(void);

#endif
