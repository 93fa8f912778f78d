#include "setting_error.h"

#include <stdarg.h>
#include <stdio.h>

#include "value.h"

bool setting_refuse(struct setting_error error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error.line, error.capacity, format, arguments);
    va_end(arguments);
    return false;
}

bool setting_refuse_value(struct setting_error error, const char *name, const char *value,
                          const char *why)
{
    char shown[VALUE_SHOWN];
    return setting_refuse(error, "%s=%s is not allowed: %s", name, value_shown(shown, value), why);
}
