#include "overdue.h"

#include <stdlib.h>
#include <unistd.h>

#include "captured.h"
#include "runner.h"

#define MOST_STACK (1U << 20) /* bytes */

static struct slice read_stack(const struct runner *runner, off_t from)
{
    off_t size = lseek(runner->stack, 0, SEEK_END) - from;
    size_t length = size > (off_t)MOST_STACK ? MOST_STACK : size > 0 ? (size_t)size : 0;
    char *text = length > 0 ? malloc(length) : NULL;
    if (!text)
        return (struct slice){"", 0};
    ssize_t got = pread(runner->stack, text, length, from);
    if (got > 0)
        return (struct slice){text, (size_t)got};
    free(text);
    return (struct slice){"", 0};
}

void overdue_read(struct overdue *overdue, const struct runner *runner, enum stack_kind kind)
{
    *overdue = (struct overdue){.stack = {"", 0}, .thread = runner->main_thread};
    if (kind != STACK_NONE)
        overdue->stack = read_stack(runner, kind == STACK_OF_A_CRASH ? sizeof(struct begun) : 0);
    captured_read(runner->out, &overdue->out);
    captured_read(runner->err, &overdue->err);
}

static void free_text(struct slice text)
{
    if (text.length > 0)
        free((char *)(uintptr_t)text.data);
}

void overdue_finish(struct overdue *overdue)
{
    free_text(overdue->stack);
    free_text(overdue->out);
    free_text(overdue->err);
}
