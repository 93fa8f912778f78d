/*
 * standpy: runs scripts on an engine, from a terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command_line.h"
#include "commands.h"
#include "interrupt.h"
#include "outgo.h"
#include "show.h"
#include "usage.h"

static bool fail_usage(struct failure *failure, const struct sentence *why)
{
    return failure_set(failure, FAILURE_USAGE, "%s", why->text);
}

/* libcurl would say so only once it is connected. */
static bool check_cacert(const char *cacert, bool is_secure, struct failure *failure)
{
    char line[256];
    bool found = false;
    if (!cacert)
        return true;
    if (!is_secure)
        return failure_set(failure, FAILURE_USAGE,
                           "cacert is for https:// only; the endpoint begins with http://");
    FILE *file = fopen(cacert, "re");
    if (!file)
        return errno == EINTR
                   ? failure_of_interrupt(failure)
                   : failure_set(failure, FAILURE_USAGE, "there is no file %s (cacert)", cacert);
    while (!found && fgets(line, sizeof(line), file))
        found = strncmp(line, "-----BEGIN ", 11) == 0 && strstr(line, "CERTIFICATE-----");
    fclose(file);
    return found || failure_set(failure, FAILURE_USAGE,
                                "cacert %s is no file of certificates (PEM)", cacert);
}

static bool act(const struct command_line *line, struct target *target, struct failure *failure)
{
    switch (line->command) {
    case COMMAND_RUN:
        return command_run(line, target, failure);
    case COMMAND_INFO:
        return command_info(target, failure);
    default:
        return command_check(line, target, failure);
    }
}

/* Resolves what the connection is, then acts on it. */
static bool connect_and_act(const struct command_line *line, const struct connection *connection,
                            struct failure *failure)
{
    struct sentence why;
    struct progress progress;
    struct target target = {
        .token = connection->token, .cacert = connection->cacert, .progress = &progress};
    progress_init(&progress, stderr);
    if (!endpoint_parse(&target.endpoint, connection->endpoint, &why))
        return fail_usage(failure, &why);
    target.text = endpoint_url(&target.endpoint, "");
    bool fine = target.text || failure_of_memory(failure);
    if (fine && target.token && !endpoint_check_token(target.token, &why))
        fine = fail_usage(failure, &why);
    fine = fine && check_cacert(target.cacert, target.endpoint.secure, failure) &&
           act(line, &target, failure);
    progress_clear(&progress);
    free(target.text);
    endpoint_finish(&target.endpoint);
    return fine;
}

static bool run(const struct command_line *line, struct failure *failure)
{
    struct sentence why;
    struct connection connection = {0};
    if (!connection_find(&connection, &line->connection, getenv, &why))
        return fail_usage(failure, &why);
    bool fine = interrupt_begin() && transfer_begin();
    if (fine)
        fine = connect_and_act(line, &connection, failure);
    else
        failure_set(failure, FAILURE_USAGE, "libcurl does not start");
    connection_finish(&connection);
    transfer_end();
    return fine;
}

/* Commands that need no connection. */
static bool inform(const struct command_line *line, struct failure *failure)
{
    struct sentence why;
    if (line->command == COMMAND_VERSION)
        puts("standpy " STANDPY_VERSION);
    else if (line->command == COMMAND_HELP)
        usage_print_help(stdout, line->helped);
    else if (!connection_names(stdout, getenv, &why))
        return fail_usage(failure, &why);
    return outgo_flush(failure);
}

static bool is_of_engine(enum command command)
{
    return command == COMMAND_RUN || command == COMMAND_INFO || command == COMMAND_CHECK;
}

/* So that no connection takes the place of a stream that is closed. Using it is an error still. */
static bool hold_standard_descriptors(void)
{
    for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++) {
        int way = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (fcntl(descriptor, F_GETFD) < 0 && open("/dev/null", way) != descriptor)
            return false;
    }
    return true;
}

int main(int count, char **arguments)
{
    if (!hold_standard_descriptors())
        return FAILURE_USAGE;
    struct command_line line;
    struct sentence why;
    struct failure failure = {0};
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        setlocale(LC_CTYPE, "");
    setvbuf(stderr, NULL, _IOLBF, 0);
    enum command_line_end end = command_line_read(&line, count, arguments, &why);
    if (end == COMMAND_LINE_UNUSABLE)
        usage_print(stderr, line.command);
    if (end != COMMAND_LINE_FINE)
        fail_usage(&failure, &why);
    else if (is_of_engine(line.command))
        run(&line, &failure);
    else
        inform(&line, &failure);
    show_failure(&failure, line.raw);
    command_line_finish(&line);
    int status = (int)failure.kind;
    failure_clear(&failure);
    fflush(stderr);
    return status;
}
