#include "request_id.h"

#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static bool usable(const char *sent, size_t length)
{
    if (!sent || length == 0 || length >= REQUEST_ID_CAPACITY)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)sent[i]) && !memchr("-_.:/+=@", sent[i], 8))
            return false;
    }
    return true;
}

/*
 * Ids are unique, not secret. Each process starts at a random number and takes one step per id; the
 * mixing makes neighbours look nothing alike (splitmix64, Steele et al. 2014). One system call per
 * id would cost more than all the rest.
 */
static _Atomic uint64_t state;

static void choose_start(void)
{
    uint64_t start;
    if (getrandom(&start, sizeof(start), GRND_NONBLOCK) != sizeof(start)) {
        struct timespec now; /* no randomness yet: early boot only */
        clock_gettime(CLOCK_REALTIME, &now);
        start = (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec ^ (uint64_t)getpid() << 20;
    }
    state = start;
}

/* A forked process must not continue its parent's numbers. */
static void start(void)
{
    choose_start();
    pthread_atfork(NULL, NULL, choose_start);
}

static uint64_t next_number(void)
{
    static pthread_once_t started = PTHREAD_ONCE_INIT;
    pthread_once(&started, start);
    uint64_t z = atomic_fetch_add(&state, 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static void write_hex(char *out, uint64_t number)
{
    for (int i = 15; i >= 0; i--, number >>= 4)
        out[i] = "0123456789abcdef"[number & 15];
}

void request_id_choose(char id[REQUEST_ID_CAPACITY], const char *sent, size_t length)
{
    if (usable(sent, length)) {
        memcpy(id, sent, length);
        id[length] = '\0';
        return;
    }
    write_hex(id, next_number());
    write_hex(id + 16, next_number());
    id[32] = '\0';
}
