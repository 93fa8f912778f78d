#include "step.h"

#include <stdarg.h>
#include <stdio.h>

enum step refuse(struct refusal *refusal, enum problem_kind kind, const char *format, ...)
{
    va_list arguments;
    refusal->kind = kind;
    refusal->retry_after = 0;
    refusal->allow = NULL;
    refusal->realm = NULL;
    refusal->ends_connection = false;
    va_start(arguments, format);
    vsnprintf(refusal->detail, sizeof(refusal->detail), format, arguments);
    va_end(arguments);
    return STEP_REFUSE;
}
