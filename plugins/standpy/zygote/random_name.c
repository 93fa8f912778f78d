#include "random_name.h"

#include <stdio.h>
#include <sys/random.h>

bool random_name(char name[RANDOM_NAME])
{
    unsigned char bytes[RANDOM_BYTES];
    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
        return false;
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(name + 2 * i, 3, "%02x", bytes[i]);
    return true;
}
