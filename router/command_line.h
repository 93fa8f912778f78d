/*
 * The arguments of standpy-router: at most one, because settings are environment variables.
 */
#ifndef STANDPY_ROUTER_COMMAND_LINE_H
#define STANDPY_ROUTER_COMMAND_LINE_H

enum command {
    COMMAND_SERVE,
    COMMAND_HEALTHCHECK,
    COMMAND_DONE,  /* the output that it asked for is printed */
    COMMAND_WRONG, /* wrong arguments; the usage is printed */
};

enum command command_line_read(int count, char **arguments);

#endif
