#include "orphans.h"

#include <sys/prctl.h>
#include <unistd.h>

#include "processes.h"
#include "uwsgi_api.h"

#define MAX_ROUNDS 100 /* milliseconds, for what the master has not reaped yet */

extern struct uwsgi_server uwsgi;

void orphans_adopt(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* Children of the master that uWSGI has started. */
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
    return process == getpid();
}

void orphans_end(void)
{
    /* What one of them leaves behind becomes a child of the master in turn. */
    for (int round = 0; round < MAX_ROUNDS; round++) {
        if (processes_end_strangers(uwsgi.workers[0].pid, is_known) == 0)
            return;
        usleep(1000);
    }
}
