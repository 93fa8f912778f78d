#include "monitor.h"

#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "configuration.h"
#include "monotonic.h"
#include "pool.h"
#include "pools.h"
#include "replicas.h"
#include "resolver.h"

#define ASK_UP_MS      10000 /* pause for a replica that answers; its workers may change */
#define ASK_DOWN_MS    250   /* pause for one that does not */
#define ASK_TIMEOUT_MS 2000L
#define MAX_INFO       65536 /* bytes of an answer */

struct question {
    struct question *next, *previous;
    CURL *easy;
    struct pool *pool;
    struct replica *replica;
    int64_t since_ms; /* monotonic */
    char url[128];
    struct curl_slist *fields;
    unsigned page_workers; /* what it says of its WSGI application */
    char mount[POOL_MOUNT];
    char *text; /* the answer's */
    size_t length;
};

static struct {
    pthread_t thread;
    atomic_bool stop, hurry;
    CURLM *multi;
    const struct settings *settings; /* held (configuration_hold) during a round */
    struct question *first;          /* of those that wait for an answer */
} monitor;

void monitor_hurry(void)
{
    if (atomic_exchange(&monitor.hurry, true))
        return;
    resolver_hurry();
    curl_multi_wakeup(monitor.multi);
}

/* Questions */

static size_t on_text(char *bytes, size_t size, size_t count, void *context)
{
    struct question *question = context;
    size_t length = size * count;
    if (question->length + length > MAX_INFO)
        return 0;
    char *text = realloc(question->text, question->length + length);
    if (!text)
        return 0;
    memcpy(text + question->length, bytes, length);
    question->text = text;
    question->length += length;
    return length;
}

/* StandPy-WSGI: workers=4; mount=/app */
static size_t on_field(char *line, size_t size, size_t count, void *context)
{
    static const char name[] = "StandPy-WSGI:";
    struct question *question = context;
    size_t length = size * count;
    char copy[POOL_MOUNT + 64];
    if (length < sizeof(name) || length >= sizeof(copy) ||
        strncasecmp(line, name, sizeof(name) - 1) != 0)
        return length;
    memcpy(copy, line + sizeof(name) - 1, length - (sizeof(name) - 1));
    copy[length - (sizeof(name) - 1)] = '\0';
    unsigned workers;
    if (sscanf(copy, " workers=%5u; mount=%255[!-~]", &workers, question->mount) == 2 &&
        question->mount[0] == '/')
        question->page_workers = workers;
    else
        question->mount[0] = '\0';
    return length;
}

static void free_question(struct question *question)
{
    *(question->previous ? &question->previous->next : &monitor.first) = question->next;
    if (question->next)
        question->next->previous = question->previous;
    curl_easy_cleanup(question->easy);
    curl_slist_free_all(question->fields);
    free(question->text);
    free(question);
}

/* NULL if the engine has no token of its own, or is no longer in the settings. */
static struct curl_slist *make_fields(const struct engine *engine)
{
    if (!engine || engine->upstream_tokens.count == 0)
        return NULL;
    char *line = NULL;
    if (asprintf(&line, "Authorization: Bearer %s", engine->upstream_tokens.list[0]) < 0)
        return NULL;
    struct curl_slist *fields = curl_slist_append(NULL, line);
    free(line);
    return fields;
}

static void ask(struct pool *pool, const struct engine *engine, struct replica *replica)
{
    struct question *question = calloc(1, sizeof(*question));
    CURL *easy = question ? curl_easy_init() : NULL;
    if (!easy) {
        free(question);
        replicas_asked(pool, replica, monotonic_milliseconds());
        return;
    }
    *question = (struct question){.easy = easy,
                                  .pool = pool,
                                  .replica = replica,
                                  .since_ms = monotonic_milliseconds(),
                                  .fields = make_fields(engine),
                                  .next = monitor.first};
    if (monitor.first)
        monitor.first->previous = question;
    monitor.first = question;
    snprintf(question->url, sizeof(question->url), "http://%s/info", replica->name);
    curl_easy_setopt(easy, CURLOPT_URL, question->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, question->fields);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, question);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ASK_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_field);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, question);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_text);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, question);
    if (curl_multi_add_handle(monitor.multi, easy) == CURLM_OK)
        return;
    free_question(question);
    replicas_asked(pool, replica, monotonic_milliseconds());
}

/* Whatever speaks HTTP is up; one of our engines also says how many workers it has. */
static unsigned workers_of(const struct question *question)
{
    json_t *info = question->text ? json_loadb(question->text, question->length, 0, NULL) : NULL;
    json_int_t workers = json_integer_value(json_object_get(info, "workers"));
    json_decref(info);
    return workers > 0 && workers < 100000 ? (unsigned)workers : 0;
}

static enum replica_failure failure_of(CURL *easy, CURLcode result)
{
    long error = 0;
    if (result == CURLE_OPERATION_TIMEDOUT)
        return REPLICA_SILENT;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
    return error == EHOSTUNREACH || error == ENETUNREACH ? REPLICA_UNREACHABLE : REPLICA_REFUSED;
}

static void take_description(const struct question *question)
{
    replicas_serve_pages(question->pool, question->replica, question->page_workers,
                         question->mount);
    replicas_answered(question->pool, question->replica, workers_of(question));
}

static void take_answers(void)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(monitor.multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        char *private = NULL;
        long status = 0;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        struct question *question = (struct question *)(void *)private;
        if (status == 401)
            replicas_failed(question->pool, question->replica, REPLICA_NO_TOKEN, question->since_ms,
                            monotonic_milliseconds());
        else if (status > 0)
            take_description(question);
        else
            replicas_failed(question->pool, question->replica,
                            failure_of(question->easy, message->data.result), question->since_ms,
                            monotonic_milliseconds());
        replicas_asked(question->pool, question->replica, monotonic_milliseconds());
        curl_multi_remove_handle(monitor.multi, question->easy);
        free_question(question);
    }
}

struct due {
    const struct engine *engine; /* NULL if the settings no longer have it */
    struct replica *list[POOL_MAX_REPLICAS];
    size_t count;
    int64_t now;
};

static void note_due(void *context, struct replica *replica)
{
    struct due *due = context;
    bool answers = replica->state == REPLICA_UP && replica->silent_since_ms == 0;
    int64_t pause = answers ? ASK_UP_MS : ASK_DOWN_MS;
    if (!due->engine && replica->users == 0)
        return;
    if (replica->asking || (!replica->suspect && due->now - replica->asked_ms < pause))
        return;
    replica->asking = true;
    replica->suspect = false;
    replica->users++;
    due->list[due->count++] = replica;
}

static const struct engine *engine_of(const struct pool *pool)
{
    for (size_t i = 0; i < monitor.settings->engine_count; i++) {
        if (monitor.settings->engines[i].pool == pool)
            return &monitor.settings->engines[i];
    }
    return NULL;
}

/* Asks also the replicas that still run requests of a removed engine. */
static void ask_due(void)
{
    static struct due due;
    for (struct pool *pool = pool_next(NULL); pool; pool = pool_next(pool)) {
        due.engine = engine_of(pool);
        due.count = 0;
        due.now = monotonic_milliseconds();
        pool_each(pool, note_due, &due);
        for (size_t j = 0; j < due.count; j++)
            ask(pool, due.engine, due.list[j]);
    }
}

/* The thread */

static void *run(void *unused)
{
    (void)unused;
    while (!atomic_load(&monitor.stop)) {
        atomic_store(&monitor.hurry, false);
        monitor.settings = configuration_hold();
        ask_due();
        configuration_release(monitor.settings);
        int running;
        curl_multi_perform(monitor.multi, &running);
        take_answers();
        curl_multi_poll(monitor.multi, NULL, 0, ASK_DOWN_MS, NULL);
    }
    return NULL;
}

bool monitor_start(void)
{
    monitor.multi = curl_multi_init();
    if (!monitor.multi || pthread_create(&monitor.thread, NULL, run, NULL) != 0)
        return false;
    return true;
}

void monitor_stop(void)
{
    atomic_store(&monitor.stop, true);
    curl_multi_wakeup(monitor.multi);
    pthread_join(monitor.thread, NULL);
    while (monitor.first) {
        curl_multi_remove_handle(monitor.multi, monitor.first->easy);
        free_question(monitor.first);
    }
    curl_multi_cleanup(monitor.multi);
}
