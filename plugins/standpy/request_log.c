#include "request_log.h"

#include <stdio.h>
#include <unistd.h>

#include "text.h"
#include "uwsgi_api.h"
#include "worker.h"

extern struct uwsgi_server uwsgi;

uint64_t request_log(const struct worker *worker, const struct request_end *end, int descriptor)
{
    const struct wsgi_request *request = worker->wsgi_request;
    uint64_t now = request->end_of_request ? request->end_of_request : uwsgi_micros();
    uint64_t microseconds = now - request->start_of_request;
    if (!uwsgi.logging_options.enabled)
        return microseconds;
    char path[512], line[1024]; /* ample for all of it */
    text_for_log(path, sizeof(path), request->path_info, request->path_info_len);
    int length = snprintf(
        line, sizeof(line),
        "request id=%s worker=%d method=%.*s path=\"%s\" status=%d in=%zu out=%zu us=%llu\n",
        worker->request_id, worker->number, request->method_len < 16 ? request->method_len : 16,
        request->method, path, end->status, request->post_pos, end->sent,
        (unsigned long long)microseconds);
    if (write(descriptor, line, (size_t)length) < 0)
        return microseconds; /* nobody reads the log: there is nothing to do */
    return microseconds;
}

void request_log_left_behind(const struct worker *worker, const char *what, size_t count)
{
    uwsgi_log("standpy: worker %d: the script of request %s left %zu %s behind\n", worker->number,
              worker->request_id, count, what);
}

void request_log_failure(const struct worker *worker, struct slice printed)
{
    dprintf(worker->capture.err.original, "standpy: worker %d: request %s failed within:\n%.*s",
            worker->number, worker->request_id, (int)printed.length, printed.data);
}

void request_log_unusable(const struct worker *worker)
{
    uwsgi_log("standpy: worker %d: the script of request %s left it unusable, it is replaced\n",
              worker->number, worker->request_id);
}
