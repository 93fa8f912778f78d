#include "wish.h"

#include <string.h>

void wish_write(struct wish *wish, struct slice modules)
{
    unsigned number = atomic_load(&wish->number) | 1U;
    atomic_store(&wish->number, number);
    wish->length = (unsigned)modules.length;
    memcpy(wish->modules, modules.data, modules.length);
    atomic_store(&wish->number, number + 1);
}

unsigned wish_read(const struct wish *wish, unsigned known, char modules[MODULE_NAMES_TEXT + 1])
{
    unsigned number = atomic_load(&wish->number);
    if (number == known || number % 2 == 1)
        return 0;
    unsigned length = wish->length;
    if (length > MODULE_NAMES_TEXT)
        return 0;
    memcpy(modules, wish->modules, length);
    modules[length] = '\0';
    bool whole = atomic_load(&wish->number) == number;
    return whole && module_names_are_valid((struct slice){modules, length}) ? number : 0;
}
