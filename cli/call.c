#include "call.h"

#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "interrupt.h"
#include "keeping.h"
#include "monotonic.h"
#include "problem_text.h"

#define MOST_MISSING 4   /* times that an engine may lose contents between two requests of a call */
#define TURN         100 /* milliseconds between two lines of progress while it waits */

/* A request as it is sent once. */
struct draft {
    struct parts parts;
    char *options; /* owned */
    struct content_names names;
    char contents[CONTENT_NAMES_TEXT];
};

struct run {
    const struct call *call;
    struct keeping keeping;
    struct result *result;
    int64_t began_at; /* monotonic milliseconds */
};

static void draft_finish(struct draft *draft)
{
    parts_finish(&draft->parts);
    free(draft->options);
}

/* A name twice counts once. */
static void add_name(struct content_names *names, const char *digest)
{
    struct slice wrong;
    content_names_add(names, slice_of(digest), &wrong);
}

static bool write_options(struct draft *draft, const struct call *call, const size_t *keep,
                          size_t keep_count)
{
    size_t size;
    FILE *out = open_memstream(&draft->options, &size);
    if (!out)
        return false;
    putc('{', out);
    if (call->macros)
        fprintf(out, "\"macros\": %s, ", call->macros);
    fputs("\"table_format\": \"csv\"", out);
    for (size_t i = 0; i < keep_count; i++)
        fprintf(out, "%s%zu", i == 0 ? ", \"keep\": [" : ", ", keep[i]);
    fputs(keep_count > 0 ? "]}" : "}", out);
    return fclose(out) == 0;
}

/* An input as it is, or by its name. Such that are worth it and have none are to be kept. */
static bool add_input(struct run *run, struct draft *draft, size_t place, size_t *keep,
                      size_t *keep_count, struct failure *failure)
{
    const struct input *input = &run->call->inputs->list[place];
    bool may_be_kept = run->keeping.is_supported && run->keeping.inputs[place].is_worth_it &&
                       *keep_count + draft->names.count < CONTENTS_MOST;
    const char *name = "";
    if (may_be_kept && !keeping_name(&run->keeping, place, run->call->inputs,
                                     run->call->target->progress, &name, failure))
        return false;
    if (*name) {
        add_name(&draft->names, name);
        return parts_add(&draft->parts,
                         (struct part){.name = "file",
                                       .media_type = "application/vnd.standpy.sha256",
                                       .content = slice_of(name)}) ||
               failure_of_memory(failure);
    }
    if (may_be_kept)
        keep[(*keep_count)++] = place;
    return (parts_add(&draft->parts, input->part) &&
            (!input->metadata.name || parts_add(&draft->parts, input->metadata))) ||
           failure_of_memory(failure);
}

static bool draft_make(struct run *run, struct draft *draft, struct failure *failure)
{
    size_t keep[CONTENTS_MOST], keep_count = 0;
    const struct call *call = run->call;
    bool made =
        parts_add(&draft->parts, (struct part){.name = "script", .content = call->script}) ||
        failure_of_memory(failure);
    for (size_t i = 0; made && i < call->inputs->count; i++)
        made = add_input(run, draft, i, keep, &keep_count, failure);
    if (!made)
        return false;
    content_names_write(&draft->names, draft->contents);
    return (write_options(draft, call, keep, keep_count) &&
            parts_add(&draft->parts,
                      (struct part){.name = "options", .content = slice_of(draft->options)})) ||
           failure_of_memory(failure);
}

/* Sends once. kept: gets the answer's StandPy-Kept, of ANSWER_KEPT bytes. */
static bool exchange(const struct target *target, const struct request *request,
                     const struct destinations *destinations, struct result *result,
                     struct keeping *keeping, bool *keeps, struct failure *failure)
{
    struct answer *answer = malloc(sizeof(*answer));
    if (!answer)
        return failure_of_memory(failure);
    answer_init(answer, ANSWER_PARTS, target->text, destinations, result);
    struct receiver receiver = {answer_take_head, answer_take_body, answer};
    bool came = transfer_run(target, request, &receiver, failure);
    bool fine = answer_end(answer, came, failure);
    keeping_learn(keeping, answer->head.kept);
    *keeps = answer->head.kept[0] != '\0';
    answer_finish(answer);
    free(answer);
    return fine;
}

static bool send_once(struct run *run, struct failure *failure)
{
    bool keeps;
    struct draft *draft = calloc(1, sizeof(*draft));
    if (!draft)
        return failure_of_memory(failure);
    bool fine = draft_make(run, draft, failure);
    if (fine) {
        struct request request = {.path = "/execute",
                                  .parts = &draft->parts,
                                  .deadline = run->call->timeout,
                                  .contents = draft->names.count > 0 ? draft->contents : NULL};
        fine = exchange(run->call->target, &request, run->call->destinations, run->result,
                        &run->keeping, &keeps, failure);
    }
    draft_finish(draft);
    free(draft);
    return fine;
}

/* Between two requests. False if a signal came. */
static bool rest(const struct run *run, unsigned seconds, struct failure *failure)
{
    struct progress *progress = run->call->target->progress;
    int64_t until = monotonic_milliseconds() + (int64_t)seconds * 1000, left;
    progress_set(progress, PROGRESS_BUSY, 0, 0);
    while (!interrupt_came() && (left = until - monotonic_milliseconds()) > 0) {
        progress_draw(progress);
        interrupt_wait(-1, progress->out && left > TURN ? TURN : (int)left);
    }
    return !interrupt_came() || failure_of_interrupt(failure);
}

/* Sends again what did not run, as long as Retry-After and the user's patience say. */
static bool send_patiently(struct run *run, struct failure *failure)
{
    while (!send_once(run, failure)) {
        unsigned pause = failure->retry_after;
        double waited = (double)(monotonic_milliseconds() - run->began_at) / 1000;
        if (pause == 0 || waited + pause > run->call->wait || !rest(run, pause, failure))
            return false;
    }
    return true;
}

/* An engine that keeps nothing refuses the option, so it is asked with a file of one byte: another
 * one would take a name for a file. */
static bool engine_keeps(const struct target *target)
{
    struct part list[] = {
        {.name = "script", .content = slice_of("def rm_main(content):\n    pass\n")},
        {.name = "file", .media_type = "application/octet-stream", .content = slice_of("0")},
        {.name = "options", .content = slice_of("{\"keep\": [0]}")},
    };
    struct parts parts = {list, sizeof(list) / sizeof(*list)};
    struct request request = {.path = "/execute", .parts = &parts};
    struct destinations nowhere = {NULL, 0};
    struct result result = {0};
    struct keeping nothing = {0};
    struct failure failure = {0};
    bool keeps = false;
    bool fine = exchange(target, &request, &nowhere, &result, &nothing, &keeps, &failure);
    failure_clear(&failure);
    result_finish(&result);
    return fine && keeps;
}

static bool run_keeping(struct run *run, struct failure *failure)
{
    for (int i = 0; i < MOST_MISSING; i++) {
        if (send_patiently(run, failure))
            return true;
        if (!run->keeping.is_supported || !problem_text_is(failure, "contents-missing"))
            return false; /* nothing was named that could be sent instead */
        keeping_forget(&run->keeping, json_object_get(failure->problem, "missing"));
    }
    run->keeping.is_supported = false; /* for this engine, keeping costs more than it saves */
    return send_patiently(run, failure);
}

bool call_run(const struct call *call, struct result *result, struct failure *failure)
{
    struct run run = {.call = call, .result = result, .began_at = monotonic_milliseconds()};
    int64_t began = monotonic_microseconds();
    bool fine = keeping_init(&run.keeping, call->inputs, failure);
    if (fine && call->keep && keeping_is_wanted(&run.keeping))
        run.keeping.is_supported = engine_keeps(call->target);
    fine = fine && run_keeping(&run, failure);
    if (fine)
        failure_clear(failure);
    result->total = (double)(monotonic_microseconds() - began) / 1000;
    keeping_finish(&run.keeping);
    return fine;
}
