#include "secrets.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool looks_secret(const char *name, size_t length)
{
    static const char *const words[] = {"TOKEN",      "SECRET",     "PASSWORD", "PASSWD",
                                        "PASSPHRASE", "CREDENTIAL", "API_KEY",  "APIKEY",
                                        "ACCESS_KEY", "PRIVATE_KEY"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        size_t word = strlen(words[i]);
        for (size_t at = 0; at + word <= length; at++) {
            if (strncasecmp(name + at, words[i], word) == 0)
                return true;
        }
    }
    return false;
}

/* Overwrites the values of secrets in a block of NAME=value strings, each with its null. */
static void wipe_block(char *block, const char *end)
{
    while (block < end) {
        size_t length = strnlen(block, (size_t)(end - block));
        const char *equals = memchr(block, '=', length);
        if (equals && looks_secret(block, (size_t)(equals - block)))
            explicit_bzero(block + (equals + 1 - block), length - (size_t)(equals + 1 - block));
        block += length + 1;
    }
}

/* The place where the kernel laid the environment at the start: fields 50 and 51 of
 * proc_pid_stat(5). */
void secrets_wipe_initial_environment(void)
{
    char text[2048];
    unsigned long from = 0, to = 0;
    FILE *file = fopen("/proc/self/stat", "re");
    if (!file)
        return;
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[length] = '\0';
    const char *fields = strrchr(text, ')'); /* the second field may hold anything */
    for (int number = 2; fields && number < 50; number++)
        fields = strchr(fields + 1, ' ');
    if (fields && sscanf(fields, "%lu %lu", &from, &to) == 2 && from < to)
        wipe_block((char *)from, (const char *)to);
}

void secrets_hide(char *names, size_t capacity)
{
    size_t written = 0;
    names[0] = '\0';
    for (size_t i = 0; environ[i];) {
        char *entry = environ[i];
        size_t length = strcspn(entry, "=");
        if (entry[length] != '=' || !looks_secret(entry, length)) {
            i++;
            continue;
        }
        char name[128];
        snprintf(name, sizeof(name), "%.*s", length < 127 ? (int)length : 127, entry);
        int added =
            snprintf(names + written, capacity - written, "%s%s", written ? ", " : "", name);
        if (added > 0 && written + (size_t)added < capacity)
            written += (size_t)added;
        explicit_bzero(entry + length + 1, strlen(entry + length + 1));
        if (unsetenv(name) != 0 || environ[i] == entry)
            i++; /* too long for a name of ours; its value is gone all the same */
    }
    secrets_wipe_initial_environment(); /* uWSGI works on a copy */
}
