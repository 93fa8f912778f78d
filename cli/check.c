/* The connection test of the administrator's guide, step by step. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

#include "commands.h"
#include "info.h"
#include "outgo.h"
#include "problem_text.h"
#include "show.h"
#include "visible.h"

#define PROTOCOL "1" /* docs/protocol.md: engines say 1.x.y */

/* The guide's own script. */
static const char script[] = "import sys\n\ndef rm_main():\n  print('StandPy testing:')\n"
                             "  print(sys.prefix)\n";

static const char *const names[] = {"endpoint", "reachable", "token", "engine", "environment"};
#define STEPS (sizeof(names) / sizeof(*names))

enum mark { MARK_NOT_TRIED, MARK_OK, MARK_FAILED };

/* Steps that are printed as they are known. */
struct steps {
    size_t count;
    bool failed;
};

__attribute__((format(printf, 3, 4))) static void step(struct steps *steps, enum mark mark,
                                                       const char *format, ...)
{
    static const char *const marks[] = {"-", "ok", "FAILED"};
    struct sentence text;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text.text, sizeof(text.text), format, arguments);
    va_end(arguments);
    printf("%-12s %-7s ", names[steps->count++], marks[mark]);
    show_text(stdout, slice_of(text.text));
    putchar('\n');
    fflush(stdout);
    steps->failed = steps->failed || mark == MARK_FAILED;
}

static void reached(struct steps *steps)
{
    step(steps, MARK_OK, "StandPy answers");
}

/* What an answer without /info says of the steps. */
static void explain(struct steps *steps, const struct failure *failure)
{
    const char *sentence = failure->sentence.text;
    if (problem_text_is(failure, "unauthorized")) {
        reached(steps);
        step(steps, MARK_FAILED, "%s", sentence);
    } else if (problem_text_is(failure, "not-found")) {
        reached(steps);
        step(steps, MARK_NOT_TRIED, "not tried");
        step(steps, MARK_FAILED, "%s", sentence);
    } else if (problem_text_is(failure, "engine-unreachable")) {
        reached(steps);
        step(steps, MARK_OK, "accepted");
        step(steps, MARK_FAILED, "%s Ask your administrator whether the engine runs.", sentence);
    } else {
        step(steps, MARK_FAILED, "%s", sentence);
    }
}

static const char *text_of(const json_t *info, const char *member)
{
    const char *text = json_string_value(json_object_get(info, member));
    return text ? text : "?";
}

static void check_engine(struct steps *steps, const json_t *info)
{
    const char *version = text_of(info, "version");
    json_int_t workers = json_integer_value(json_object_get(info, "workers"));
    bool is_known = strcspn(version, ".") == strlen(PROTOCOL) &&
                    strncmp(version, PROTOCOL, strlen(PROTOCOL)) == 0;
    step(steps, is_known ? MARK_OK : MARK_FAILED,
         "version %.100s, %" JSON_INTEGER_FORMAT " worker%s, scripts may run for %g s%s", version,
         workers, workers == 1 ? "" : "s", json_number_value(json_object_get(info, "timeout")),
         is_known ? "" : "; this client knows version " PROTOCOL ": another standpy may know it");
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), of_end = strlen(end);
    return length >= of_end && strcmp(text + length - of_end, end) == 0;
}

/* printed: what the script of the test printed. */
static void judge_environment(struct steps *steps, const json_t *info, const char *printed)
{
    static const char first[] = "StandPy testing:\n";
    char prefix[1024], quoted[QUOTED];
    size_t length = strlen(first);
    bool is_one = strncmp(printed, first, length) == 0;
    snprintf(prefix, sizeof(prefix), "%.*s", is_one ? (int)strcspn(printed + length, "\r\n") : 0,
             is_one ? printed + length : "");
    if (!prefix[0])
        step(steps, MARK_FAILED, "the script of the test printed %s instead of sys.prefix",
             visible_quoted(quoted, printed));
    else if (!ends_with(prefix, text_of(info, "environment")))
        step(steps, MARK_FAILED, "it should be %s, but sys.prefix is %s",
             text_of(info, "environment"), prefix);
    else
        step(steps, MARK_OK, "%s", prefix);
}

static bool check_environment(const struct command_line *line, const struct target *target,
                              struct steps *steps, const json_t *info, struct failure *failure)
{
    struct inputs none = {NULL, 0};
    struct destinations nowhere = {NULL, 0};
    struct result result = {0};
    struct call call = {.target = target,
                        .script = {script, sizeof(script) - 1},
                        .inputs = &none,
                        .wait = line->wait,
                        .destinations = &nowhere};
    bool ran = call_run(&call, &result, failure);
    progress_clear(target->progress);
    if (ran)
        judge_environment(steps, info, result_text(&result, "stdout").data);
    else if (failure->kind == FAILURE_BUSY || failure->kind == FAILURE_DEADLINE)
        step(steps, MARK_FAILED, "%s, but no script ran: %s", text_of(info, "environment"),
             failure->sentence.text);
    else if (failure->kind != FAILURE_INTERRUPTED)
        step(steps, MARK_FAILED, "%s", failure->sentence.text);
    result_finish(&result);
    return ran || failure->kind != FAILURE_INTERRUPTED;
}

bool command_check(const struct command_line *line, struct target *target, struct failure *failure)
{
    struct steps steps = {0};
    json_t *info;
    bool goes_on = true;
    step(&steps, MARK_OK, "%s", target->text);
    bool found = info_get(target, &info, failure);
    progress_clear(target->progress);
    if (failure->kind == FAILURE_INTERRUPTED || failure->kind == FAILURE_USAGE)
        return false;
    if (found) {
        reached(&steps);
        step(&steps, MARK_OK, target->token ? "accepted" : "none given, none needed");
        check_engine(&steps, info);
        goes_on = check_environment(line, target, &steps, info, failure);
    } else {
        explain(&steps, failure);
    }
    json_decref(info);
    while (goes_on && steps.count < STEPS)
        step(&steps, MARK_NOT_TRIED, "not tried");
    if (!goes_on)
        return false;
    failure_clear(failure);
    if (!outgo_flush(failure))
        return false;
    if (steps.failed)
        failure->kind = FAILURE_UNREACHABLE;
    return !steps.failed;
}
