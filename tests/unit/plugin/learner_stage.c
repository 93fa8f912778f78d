#include "test.h"

#include "learner_stage.h"

#include <stdio.h>

#include "log.h"
#include "loop.h"
#include "timeouts.h"
#include "zygote_link.h"

#define SECOND INT64_C(1000000000)

struct shared shared;
struct engine engine;
static unsigned heard; /* number of the last wish that the master has read */

/* Stand in for zygote_link.c, loop.c and log.c. */

int64_t now;
bool zygote_ready, zygote_listens;
char asked[MODULE_NAME];
int asked_count;
char lines[8192];

bool zygote_link_is_ready(void)
{
    return zygote_ready;
}

bool zygote_link_try(const char *module)
{
    snprintf(asked, sizeof(asked), "%s", module);
    asked_count++;
    return zygote_listens;
}

int64_t loop_now(void)
{
    return now;
}

void log_line(const char *format, ...)
{
    size_t length = strlen(lines);
    va_list values;
    va_start(values, format);
    vsnprintf(lines + length, sizeof(lines) - length, format, values);
    va_end(values);
    length = strlen(lines);
    snprintf(lines + length, sizeof(lines) - length, "\n");
}

/* What happens to the front. */

int stage_begin(void **state)
{
    (void)state;
    memset(&shared, 0, sizeof(shared));
    engine = (struct engine){.shared = &shared, .learns = true};
    now = 1000 * SECOND;
    zygote_ready = zygote_listens = true;
    asked[0] = lines[0] = '\0';
    asked_count = 0;
    heard = 0;
    learner_set_up(&engine);
    learner_pass_time();
    return 0;
}

void pass(int64_t seconds)
{
    int64_t until = now + seconds * SECOND;
    while (learner_next_timeout() <= until) {
        now = learner_next_timeout() > now ? learner_next_timeout() : now;
        learner_pass_time();
    }
    now = until;
}

void import_often(const char *name)
{
    for (int i = 0; i < LEARNING_AGAIN; i++)
        learner_note(1, slice_of(name));
}

void end_trial(const char *name, enum trial_result result, const char *why)
{
    assert_string_equal(asked, name);
    asked[0] = '\0';
    learner_tried(slice_of(name), result, slice_of(why));
}

void import_until_it_passed(const char *name)
{
    import_often(name);
    pass(1);
    end_trial(name, TRIAL_PASSED, "");
}

const char *new_wish(void)
{
    static char modules[MODULE_NAMES_TEXT + 1];
    unsigned number = wish_read(&shared.wish, heard, modules);
    if (number == 0)
        return NULL;
    heard = number;
    return modules;
}

void assert_wish(const char *modules)
{
    const char *wish = new_wish();
    assert_non_null(wish);
    assert_string_equal(wish, modules);
}

void successor(const char *imported)
{
    learner_meet(slice_of(imported), true);
}

void assert_logged_once(const char *text)
{
    const char *first = strstr(lines, text);
    if (!first)
        fail_msg("\"%s\" is not in the log:\n%s", text, lines);
    assert_null(strstr(first + 1, text));
}
