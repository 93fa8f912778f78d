#include "cleanup.h"

#include <stdlib.h>
#include <string.h>

#include "native_threads.h"
#include "process_state.h"
#include "processes.h"

static void count_cache(struct runner *runner, const struct leftovers *leftovers,
                        struct message *ready)
{
    ready->cache_hits = (uint64_t)(leftovers->cache_hits - runner->cache_hits);
    ready->cache_misses = (uint64_t)(leftovers->cache_misses - runner->cache_misses);
    runner->cache_hits = leftovers->cache_hits;
    runner->cache_misses = leftovers->cache_misses;
}

static enum unusable first_of(enum unusable first, enum unusable second)
{
    return first != USABLE ? first : second;
}

void cleanup_run(struct runner *runner, struct execution_result *result, struct message *ready)
{
    struct leftovers leftovers;
    enum unusable state = USABLE;
    if (processes_any_child()) {
        runner->interpreter->end_helper_processes();
        ready->processes = (uint32_t)processes_end_children();
    }
    process_state_calm();
    if (result->reaches) {
        state = process_state_restore();
        runner_files_restore(&runner->files); /* Python's streams are made anew on them */
    }
    runner->interpreter->release(result, &leftovers);
    if (leftovers.signals)
        process_state_restore_handlers();
    enum unusable files = runner_files_restore(&runner->files) ? USABLE : UNUSABLE_DESCRIPTORS;
    if (runner->result_failed || runner_files_result_is_sealed(&runner->files))
        files = UNUSABLE_RESULT;
    enum unusable left = leftovers.threads > 0  ? UNUSABLE_THREADS
                         : ready->processes > 0 ? UNUSABLE_PROCESSES
                                                : USABLE;
    if (left == USABLE && leftovers.reaches && !native_threads_end())
        left = UNUSABLE_NATIVE;
    ready->threads = (uint32_t)leftovers.threads;
    runner->results = leftovers.results > 0;
    ready->imported = leftovers.imported != 0;
    ready->unusable = first_of(first_of(files, state), first_of(leftovers.unusable, left));
    count_cache(runner, &leftovers, ready);
}

struct slice cleanup_late_output(struct runner *runner)
{
    struct slice out, err;
    capture_take(&runner->capture, &out, &err);
    if (out.length == 0 || err.length == 0)
        return out.length > 0 ? out : err;
    size_t length = out.length + err.length;
    free(runner->note);
    runner->note = malloc(length);
    if (!runner->note)
        return err;
    memcpy(runner->note, out.data, out.length);
    memcpy(runner->note + out.length, err.data, err.length);
    return (struct slice){runner->note, length};
}
