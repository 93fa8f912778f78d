#include "trim.h"

#include "captured.h"
#include "roster.h"
#include "timeouts.h"

#define TRIM_INTERVAL INT64_C(20000000) /* nanoseconds between looks at what is printed */

static int64_t due = TIMEOUT_NEVER;

void trim_begin(void)
{
    if (due == TIMEOUT_NEVER)
        due = loop_now() + TRIM_INTERVAL;
}

int64_t trim_next_timeout(void)
{
    return due;
}

void trim_pass_time(void)
{
    if (loop_now() < due)
        return;
    due = roster_is_any_busy() ? loop_now() + TRIM_INTERVAL : TIMEOUT_NEVER;
    for (struct runner *runner = roster_first(); runner; runner = runner->next) {
        if (runner->state != RUNNER_BUSY)
            continue;
        if (runner->work->body.file >= 0 && runner_has_decoded(runner))
            body_free(&runner->work->body);
        captured_trim(runner->out);
        captured_trim(runner->err);
    }
}
