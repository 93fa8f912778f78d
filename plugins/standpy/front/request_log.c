#include "request_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "uwsgi_api.h"

extern struct uwsgi_server uwsgi;

void request_log(const struct request_record *record)
{
    if (!uwsgi.logging_options.enabled)
        return;
    char line[1024]; /* ample for all of it */
    int length = snprintf(line, sizeof(line),
                          "request id=%s worker=%d method=%s path=\"%s\" status=%d in=%" PRIu64
                          " out=%" PRIu64 " us=%" PRIu64 "\n",
                          record->request_id, record->worker, record->method, record->path,
                          record->status, record->received, record->sent, record->microseconds);
    if (write(uwsgi.req_log_fd, line, (size_t)length) < 0)
        return; /* nobody reads the log: there is nothing to do */
}
