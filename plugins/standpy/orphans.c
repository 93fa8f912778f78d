#include "orphans.h"

#include <sys/prctl.h>
#include <unistd.h>

#include "engine.h"
#include "processes.h"
#include "uwsgi_api.h"

#define MAX_ROUNDS 200 /* milliseconds, for what the master has not reaped or written down yet */

extern struct uwsgi_server uwsgi;

void orphans_adopt(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void orphans_fork_begins(void)
{
    atomic_fetch_or(&engine.shared->forks, 1);
}

void orphans_fork_is_known(void)
{
    if (atomic_load(&engine.shared->forks) % 2 == 1)
        atomic_fetch_add(&engine.shared->forks, 1);
}

static unsigned forks_before; /* of the look at the master's children */

/* Children of the master that uWSGI has started, or may have since. */
static bool is_known(pid_t process)
{
    for (int id = 1; id <= uwsgi.numproc; id++) {
        if (uwsgi.workers[id].pid == process)
            return true;
    }
    for (int id = 0; id < uwsgi.mules_cnt; id++) {
        if (uwsgi.mules[id].pid == process)
            return true;
    }
    for (const struct uwsgi_daemon *daemon = uwsgi.daemons; daemon; daemon = daemon->next) {
        if (daemon->pid == process)
            return true;
    }
    return process == getpid() || atomic_load(&engine.shared->forks) != forks_before;
}

void orphans_end(void)
{
    /* What one of them leaves behind becomes a child of the master in turn. */
    for (int round = 0; round < MAX_ROUNDS; round++) {
        forks_before = atomic_load(&engine.shared->forks);
        if (forks_before % 2 == 0 && processes_end_strangers(uwsgi.workers[0].pid, is_known) == 0 &&
            atomic_load(&engine.shared->forks) == forks_before)
            return;
        usleep(1000);
    }
}
