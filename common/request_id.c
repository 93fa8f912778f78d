#include "request_id.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

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

void request_id_choose(char id[REQUEST_ID_CAPACITY], const char *sent, size_t length)
{
    if (usable(sent, length)) {
        memcpy(id, sent, length);
        id[length] = '\0';
        return;
    }
    uint64_t random[2];
    if (getrandom(random, sizeof(random), GRND_NONBLOCK) != sizeof(random)) {
        /* Early boot only. An id must be unique, it need not be secret. */
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        random[0] = (uint64_t)now.tv_sec;
        random[1] = (uint64_t)now.tv_nsec ^ (uint64_t)(uintptr_t)id;
    }
    snprintf(id, REQUEST_ID_CAPACITY, "%016llx%016llx", (unsigned long long)random[0],
             (unsigned long long)random[1]);
}
