/*
 * What settings.c and engine_settings.c read values with, and the lines of what they refuse. Pure.
 */
#ifndef STANDPY_ROUTER_SETTINGS_PARSE_H
#define STANDPY_ROUTER_SETTINGS_PARSE_H

#include <stdbool.h>
#include <stddef.h>

/* Where the line goes. */
struct settings_error {
    char *line;
    size_t capacity;
};

/* Both return false. */
__attribute__((format(printf, 2, 3))) bool settings_refuse(struct settings_error error,
                                                           const char *format, ...);
/* "NAME=value is not allowed: it must be …", the value made safe for a line. */
bool settings_refuse_value(struct settings_error error, const char *name, const char *value,
                           const char *allowed);

bool settings_parse_number(const char *text, unsigned long from, unsigned long to,
                           unsigned *number);

/* Whether it may be the name or address of a host. */
bool settings_valid_host(const char *host);

/*
 * Splits host, host:port, [v6] or [v6]:port in place. *port keeps its value where there is none.
 */
bool settings_split_address(char *text, char **host, unsigned *port);

#endif
