#include "learner.h"

#include <string.h>

#include "engine.h"
#include "log.h"
#include "loop.h"
#include "timeouts.h"
#include "zygote_link.h"

#define SECOND         INT64_C(1000000000) /* nanoseconds */
#define BETWEEN_LOOKS  (SECOND / 4)
#define TRIAL_TIME     (30 * SECOND) /* within this the zygote reports how a trial ended */
#define BETWEEN_WISHES (30 * SECOND)
#define SAME_AGAIN     (150 * SECOND) /* by then succession.c has given up on a successor */
#define COLLECTING     (60 * SECOND)  /* a wish waits at most so long for trials */
#define MOST_DOUBLINGS 7

static struct {
    const struct engine *engine;
    struct learning *learning;
    bool trying, full;
    int64_t look_at;     /* when to look for something to do; TIMEOUT_NEVER: there is nothing */
    int64_t trial_until; /* if `trying`: the trial is lost then */
    int64_t wish_at;     /* no wish before then */
    int64_t same_at;     /* nor the last one again before then; 0: a zygote has come since */
    int64_t wanting;     /* since when there has been something to wish for; 0: there is nothing */
    unsigned relapses;   /* zygotes that came without learned modules because one died */
    size_t had_length, wished_length;
    char had[MODULE_NAMES_TEXT];    /* what the zygote has imported */
    char wished[MODULE_NAMES_TEXT]; /* the last wish */
} learner;

static struct slice had(void)
{
    return (struct slice){learner.had, learner.had_length};
}

static bool is_same(struct slice one, struct slice other)
{
    return one.length == other.length && memcmp(one.data, other.data, one.length) == 0;
}

void learner_set_up(const struct engine *engine)
{
    memset(&learner, 0, sizeof(learner));
    learner.engine = engine;
    learner.learning = &engine->shared->learning;
    learner.look_at = engine->learns ? loop_now() : TIMEOUT_NEVER;
    learning_lost(learner.learning); /* trials of an earlier front */
}

void learner_note(uint64_t script, struct slice imports)
{
    if (!learner.engine->learns)
        return;
    learning_note(learner.learning, script, imports);
    if (learner.look_at == TIMEOUT_NEVER)
        learner.look_at = loop_now() + BETWEEN_LOOKS;
}

int learner_count(void)
{
    struct slice list = had(), name;
    int count = 0;
    while (module_names_take(&list, &name))
        count++;
    return count;
}

/* Zygotes */

/* Names the modules that the successor could not import although they passed their trials. Its own
 * lines in the log say why. */
static void note_failures(void)
{
    struct slice wished = {learner.wished, learner.wished_length}, name;
    while (module_names_take(&wished, &name)) {
        if (module_names_have(had(), name))
            continue;
        log_line("the module %.*s failed in the new zygote; it is not imported in advance until "
                 "the engine restarts",
                 (int)name.length, name.data);
        learning_failed(learner.learning, name);
    }
}

static void log_learned(struct slice preloaded)
{
    if (learner.had_length == 0)
        log_line("learned modules are no longer imported in advance");
    else
        log_line(
            "imported in advance from now on: %.*s; set PRELOAD=%.*s%s%.*s to do so from the start",
            (int)learner.had_length, learner.had, (int)preloaded.length, preloaded.data,
            preloaded.length > 0 ? "," : "", (int)learner.had_length, learner.had);
}

/* This zygote is no successor: the one before it died, or this front is new. */
static void take_as_it_is(void)
{
    if (learner.had_length > 0)
        return;
    learner.relapses++;
    log_line("the zygote died soon after its start, so the next one imports no learned modules");
}

void learner_meet(struct slice imported, bool planned)
{
    const char *semicolon = memchr(imported.data, ';', imported.length);
    size_t first = semicolon ? (size_t)(semicolon - imported.data) : imported.length;
    size_t behind = semicolon ? first + 1 : first;
    struct slice learned = {imported.data + behind, imported.length - behind};
    if (!module_names_are_valid(learned) || is_same(learned, had()))
        return;
    learner.same_at = 0;
    memcpy(learner.had, learned.data, learned.length);
    learner.had_length = learned.length;
    learner.look_at = loop_now();
    if (!planned) {
        take_as_it_is();
        return;
    }
    learner.engine->shared->metrics.successions++;
    log_learned((struct slice){imported.data, first});
    note_failures();
    learner.wished_length = 0;
}

/* Trials */

void learner_tried(struct slice module, enum trial_result result, struct slice why)
{
    struct metrics *metrics = &learner.engine->shared->metrics;
    learner.trying = false;
    learner.look_at = loop_now();
    switch (result) {
    case TRIAL_PASSED:
        metrics->trials_passed++;
        log_line("learned: scripts often import %.*s, so the next zygote imports it in advance",
                 (int)module.length, module.data);
        learning_passed(learner.learning, module);
        return;
    case TRIAL_FAILED:
        metrics->trials_failed++;
        log_line("the module %.*s is not imported in advance, because %.*s; it is not tried again "
                 "until the engine restarts",
                 (int)module.length, module.data, (int)why.length, why.data);
        learning_failed(learner.learning, module);
        return;
    case TRIAL_LOST:
        learning_lost(learner.learning);
        return;
    }
}

static void say_if_full(void)
{
    if (!learner.full && learning_is_full(learner.learning))
        log_line("%d modules have failed their trials; no other module is tried until the engine "
                 "restarts",
                 LEARNING_FAILED);
    learner.full = learning_is_full(learner.learning);
}

static void try_next(void)
{
    if (learner.trying && loop_now() < learner.trial_until)
        return;
    if (learner.trying)
        learning_lost(learner.learning);
    const char *name = zygote_link_is_ready() ? learning_next(learner.learning) : NULL;
    learner.trying = name && zygote_link_try(name);
    learner.trial_until = loop_now() + TRIAL_TIME;
    if (name && !learner.trying)
        learning_lost(learner.learning);
}

/* Wishes */

static int64_t pause_between_wishes(void)
{
    return BETWEEN_WISHES << (learner.relapses < MOST_DOUBLINGS ? learner.relapses
                                                                : MOST_DOUBLINGS);
}

static void wish(void)
{
    char list[MODULE_NAMES_TEXT];
    const struct slice wanted = {list, learning_list(learner.learning, list)};
    if (is_same(wanted, had())) {
        learner.wanting = 0;
        return;
    }
    if (learner.wanting == 0)
        learner.wanting = loop_now();
    bool waits = learner.trying && loop_now() < learner.wanting + COLLECTING;
    bool is_wished = loop_now() < learner.same_at &&
                     is_same(wanted, (struct slice){learner.wished, learner.wished_length});
    if (waits || is_wished || loop_now() < learner.wish_at)
        return;
    memcpy(learner.wished, list, wanted.length);
    learner.wished_length = wanted.length;
    learner.wish_at = loop_now() + pause_between_wishes();
    learner.same_at = loop_now() + SAME_AGAIN;
    wish_write(&learner.engine->shared->wish, wanted);
}

int64_t learner_next_timeout(void)
{
    return learner.look_at;
}

void learner_pass_time(void)
{
    if (loop_now() < learner.look_at)
        return;
    try_next();
    say_if_full();
    wish();
    bool goes_on = learner.trying || learner.wanting != 0;
    learner.look_at = goes_on ? loop_now() + BETWEEN_LOOKS : TIMEOUT_NEVER;
}
