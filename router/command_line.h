/*
 * The arguments of standpy-router: at most one, as settings are environment variables.
 */
#ifndef STANDPY_ROUTER_COMMAND_LINE_H
#define STANDPY_ROUTER_COMMAND_LINE_H

enum command {
    COMMAND_SERVE,
    COMMAND_HEALTHCHECK,
    COMMAND_DONE,  /* what it asked for is printed */
    COMMAND_WRONG, /* and a line says how it is used */
};

enum command command_line_read(int count, char **arguments);

#endif
