#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool failure_set(struct failure *failure, enum failure_kind kind, const char *format, ...)
{
    va_list arguments;
    failure_clear(failure);
    failure->kind = kind;
    va_start(arguments, format);
    vsnprintf(failure->sentence.text, sizeof(failure->sentence.text), format, arguments);
    va_end(arguments);
    return false;
}

bool failure_of_memory(struct failure *failure)
{
    return failure_set(failure, FAILURE_USAGE, "there is not enough memory");
}

bool failure_of_interrupt(struct failure *failure)
{
    return failure_set(failure, FAILURE_INTERRUPTED,
                       "Interrupted: the script was stopped on the engine.");
}

bool failure_of_file(struct failure *failure, const char *name)
{
    if (errno == EINTR) /* only signals that end the program interrupt a call */
        return failure_of_interrupt(failure);
    return failure_set(failure, FAILURE_USAGE, "%s: %s", name, strerror(errno));
}

void failure_clear(struct failure *failure)
{
    json_decref(failure->problem);
    memset(failure, 0, sizeof(*failure));
}
