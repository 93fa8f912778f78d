/*
 * standpy-router: from its environment to one loop for each thread.
 */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access_log.h"
#include "loop.h"
#include "settings.h"
#include "upstream.h"

extern char **environ;

static unsigned processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < 1 ? 1 : count > MAX_THREADS ? MAX_THREADS : (unsigned)count;
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
    if (address->ai_family == AF_INET6) /* :port means IPv4 as well */
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
    log_line("LISTEN=%s:%u is not allowed: %s", settings->listen_host ? settings->listen_host : "",
             settings->listen_port, why);
    return false;
}

/*
 * One socket for each thread on the same port. Sockets that share a port would share it with
 * another router too, so whether it is free is tried without sharing first.
 */
static bool open_sockets(const struct settings *settings, int *sockets, unsigned count)
{
    char port[16];
    snprintf(port, sizeof(port), "%u", settings->listen_port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found;
    const char *host = settings->listen_host;
    int failure = getaddrinfo(host ? host : "::", port, &hints, &found);
    if (failure != 0)
        return refuse_listen(settings, gai_strerror(failure));
    int probe = open_socket(found, false);
    if (probe < 0 && !host && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
        freeaddrinfo(found); /* a kernel without IPv6 */
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

/* Signals are taken by sigwait on the main thread alone. */
static void block_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int serve(const struct settings *settings, unsigned count)
{
    int sockets[MAX_THREADS];
    struct loop *loops[MAX_THREADS] = {0};
    pthread_t threads[MAX_THREADS];
    sigset_t signals;
    block_signals(&signals);
    if (!open_sockets(settings, sockets, count))
        return EXIT_FAILURE;
    for (unsigned i = 0; i < count; i++) {
        loops[i] = loop_create(settings, sockets[i]);
        if (!loops[i])
            return EXIT_FAILURE;
    }
    for (unsigned i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, run_thread, loops[i]) != 0)
            return EXIT_FAILURE;
    }
    log_line("%zu engines, listening on %s:%u with %u threads", settings->engine_count,
             settings->listen_host ? settings->listen_host : "", settings->listen_port, count);
    int received;
    sigwait(&signals, &received);
    log_line("%s: finishing what is in flight", strsignal(received));
    for (unsigned i = 0; i < count; i++)
        loop_stop(loops[i]);
    for (unsigned i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        loop_destroy(loops[i]);
    }
    return EXIT_SUCCESS;
}

int main(void)
{
    char error[1024];
    struct settings settings = {0};
    int status = EXIT_FAILURE;
    if (!upstream_global_start())
        log_line("libcurl does not start");
    else if (!settings_read(&settings, environ, error, sizeof(error)))
        log_line("%s", error);
    else
        status = serve(&settings, settings.threads ? settings.threads : processors());
    settings_finish(&settings);
    upstream_global_stop();
    return status;
}
