/*
 * standpy-router: reads its environment, then runs one loop per thread.
 */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "access_log.h"
#include "certificate.h"
#include "command_line.h"
#include "configuration.h"
#include "descriptors.h"
#include "healthcheck.h"
#include "listener.h"
#include "log.h"
#include "loop.h"
#include "monitor.h"
#include "pool.h"
#include "pools.h"
#include "resolver.h"
#include "upstream.h"

/* One thread serves tens of thousands of requests a second, and the scripts need the processors
 * more. */
static unsigned count_processors(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static unsigned choose_threads(void)
{
    unsigned threads = (count_processors() + 3) / 4;
    return threads > MAX_THREADS ? MAX_THREADS : threads;
}

/* A bound and listening socket, or -1 with errno set. */
static int open_socket(const struct addrinfo *address, bool shared)
{
    int on = 1, off = 0;
    int descriptor =
        socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return -1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address->ai_family == AF_INET6) /* :port includes IPv4 */
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if ((!shared || setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0) &&
        bind(descriptor, address->ai_addr, address->ai_addrlen) == 0 &&
        (!shared || listen(descriptor, 4096) == 0))
        return descriptor;
    int failure = errno;
    close(descriptor);
    errno = failure;
    return -1;
}

static bool refuse_listen(const struct settings *settings, const char *why)
{
    log_line("LISTEN=%s:%u is not allowed: %s", settings->listen.host ? settings->listen.host : "",
             settings->listen.port, why);
    return false;
}

/*
 * Opens one socket for each thread, all on the same port. Such sockets would also share the port
 * with another router, so a first socket that does not share tests whether the port is free.
 */
static bool open_sockets(const struct settings *settings, int *sockets, unsigned count)
{
    char port[16];
    snprintf(port, sizeof(port), "%u", settings->listen.port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found;
    const char *host = settings->listen.host;
    int failure = getaddrinfo(host ? host : "::", port, &hints, &found);
    if (failure != 0)
        return refuse_listen(settings, gai_strerror(failure));
    int probe = open_socket(found, false);
    if (probe < 0 && !host && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
        freeaddrinfo(found); /* the kernel has no IPv6 */
        failure = getaddrinfo("0.0.0.0", port, &hints, &found);
        if (failure != 0)
            return refuse_listen(settings, gai_strerror(failure));
        probe = open_socket(found, false);
    }
    bool opened = probe >= 0;
    if (opened)
        close(probe);
    for (unsigned i = 0; opened && i < count; i++) {
        sockets[i] = open_socket(found, true);
        opened = sockets[i] >= 0;
    }
    freeaddrinfo(found);
    return opened || refuse_listen(settings, strerror(errno));
}

static void *run_thread(void *loop)
{
    loop_run(loop);
    return NULL;
}

/* Only the main thread takes signals, by sigwait. */
static void block_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static const char *count_engines(const struct settings *settings, char *text, size_t capacity)
{
    snprintf(text, capacity, "%zu engine%s", settings->engine_count,
             settings->engine_count == 1 ? "" : "s");
    return text;
}

static size_t count_tokens(const struct settings *settings)
{
    size_t count = 0;
    for (size_t i = 0; i < settings->engine_count; i++)
        count += settings->engines[i].tokens.count;
    return count;
}

/* Logs one line for each engine, so an administrator sees at once which ones are open. */
static void describe_engines(const struct settings *settings)
{
    for (size_t i = 0; i < settings->engine_count; i++) {
        const struct engine *engine = &settings->engines[i];
        char hosts[600] = "";
        for (size_t j = 0; j < engine->host_count; j++) {
            size_t used = strlen(hosts);
            snprintf(hosts + used, sizeof(hosts) - used, "%s%s:%u", j > 0 ? "," : "",
                     engine->hosts[j].name, engine->hosts[j].port);
        }
        log_line("engine %s: path=/%s hosts=%s %s", engine->name, engine->name, hosts,
                 engine->tokens.count > 0 ? "token" : "open");
    }
}

static bool attach_pools(struct settings *settings)
{
    for (size_t i = 0; i < settings->engine_count; i++) {
        struct engine *engine = &settings->engines[i];
        engine->pool = pool_of(engine->name);
        if (!engine->pool)
            return false;
        pool_set_queue_limit(engine->pool, engine->queue_limit);
    }
    return true;
}

static bool prepare_start(struct settings *settings, struct setting_error error)
{
    return attach_pools(settings) || setting_refuse(error, "out of memory");
}

/* Only the start decides whether clients connect by TLS at all. */
static bool renew_certificate(const struct settings *settings, struct setting_error error)
{
    return !settings->tls_certificate || !certificate_is_loaded() ||
           certificate_load(settings->tls_certificate, settings->tls_key, error.line,
                            error.capacity);
}

/* Resolves new engines first, so no request for one comes before its addresses are known. */
static bool prepare_reload(struct settings *settings, struct setting_error error)
{
    if (!renew_certificate(settings, error) || !prepare_start(settings, error))
        return false;
    resolver_look_at_new(settings);
    return true;
}

static void reload(void)
{
    char error[1024];
    if (!configuration_load(prepare_reload, error, sizeof(error))) {
        log_line("SIGHUP: nothing is changed: %s", error);
        return;
    }
    const struct settings *settings = configuration_hold();
    char engines[64];
    log_line("SIGHUP: read again, %s, %zu %s", count_engines(settings, engines, sizeof(engines)),
             count_tokens(settings), count_tokens(settings) == 1 ? "token" : "tokens");
    access_log_use_json(settings->log_json);
    configuration_release(settings);
    resolver_reload();
    monitor_hurry();
}

static void wait_for_the_end(const sigset_t *signals)
{
    int received;
    while (sigwait(signals, &received) == 0 && received == SIGHUP)
        reload();
    log_line("%s: finishing what is in flight", strsignal(received));
}

static bool load_certificate(const struct settings *settings)
{
    char error[1024];
    if (!settings->tls_certificate ||
        certificate_load(settings->tls_certificate, settings->tls_key, error, sizeof(error)))
        return true;
    log_line("%s", error);
    return false;
}

/* A client's connection may also need one to an engine, and a file for a chunked body. */
static unsigned raise_connection_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 256;
    rlim_t wanted = limit.rlim_max < MAX_DESCRIPTORS ? limit.rlim_max : MAX_DESCRIPTORS;
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            getrlimit(RLIMIT_NOFILE, &limit);
    }
    rlim_t usable = limit.rlim_cur < MAX_DESCRIPTORS ? limit.rlim_cur : MAX_DESCRIPTORS;
    return usable > 96 ? (unsigned)(usable - 48) / 3 : 16;
}

static bool create_loops(const struct settings *settings, struct loop **loops, unsigned count)
{
    int sockets[MAX_THREADS];
    unsigned processors = count_processors();
    struct loop_config config = {.stop_timeout = settings->stop_timeout,
                                 .busy_poll = settings->busy_poll,
                                 /* One processor runs each request's script; this thread needs
                                  * another. */
                                 .busy_poll_requests = (processors - 1) / count,
                                 .max_connections = raise_connection_limit() / count,
                                 .tls = settings->tls_certificate != NULL};
    bool created = load_certificate(settings) && open_sockets(settings, sockets, count);
    for (unsigned i = 0; created && i < count; i++) {
        config.socket = sockets[i];
        loops[i] = loop_create(&config);
        created = loops[i] != NULL;
    }
    return created;
}

static int serve(const struct settings *settings, unsigned count)
{
    struct loop *loops[MAX_THREADS] = {0};
    pthread_t threads[MAX_THREADS];
    sigset_t signals;
    block_signals(&signals);
    access_log_use_json(settings->log_json);
    if (!create_loops(settings, loops, count) || !resolver_start() || !monitor_start())
        return EXIT_FAILURE;
    for (unsigned i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, run_thread, loops[i]) != 0)
            return EXIT_FAILURE;
    }
    describe_engines(settings);
    char engines[64];
    log_line("version " STANDPY_VERSION ", %s, listening on %s:%u%s with %u thread%s",
             count_engines(settings, engines, sizeof(engines)),
             settings->listen.host ? settings->listen.host : "", settings->listen.port,
             settings->tls_certificate ? " (TLS)" : "", count, count == 1 ? "" : "s");
    wait_for_the_end(&signals);
    for (unsigned i = 0; i < count; i++)
        loop_stop(loops[i]);
    for (unsigned i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        loop_destroy(loops[i]);
    }
    monitor_stop();
    if (!resolver_stop())
        _exit(EXIT_SUCCESS); /* a dead name server must not keep the router from ending */
    return EXIT_SUCCESS;
}

static int run(bool only_check)
{
    char error[1024];
    int status = EXIT_FAILURE;
    if (!upstream_global_start()) {
        log_line("libcurl does not start");
    } else if (!configuration_load(prepare_start, error, sizeof(error))) {
        log_line("%s", error);
    } else {
        const struct settings *settings = configuration_hold();
        if (only_check)
            status = healthcheck(settings) ? EXIT_SUCCESS : EXIT_FAILURE;
        else
            status = serve(settings, settings->threads ? settings->threads : choose_threads());
        configuration_release(settings);
    }
    configuration_free();
    certificate_free();
    pool_free_all();
    upstream_global_stop();
    return status;
}

int main(int count, char **arguments)
{
    enum command command = command_line_read(count, arguments);
    if (command == COMMAND_WRONG)
        return 2;
    if (command == COMMAND_DONE)
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    return run(command == COMMAND_HEALTHCHECK);
}
