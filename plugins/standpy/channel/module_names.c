#include "module_names.h"

#include <string.h>

static bool begins_identifier(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(struct slice name)
{
    bool expect_first = true;
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];
        if (c == '.' ? expect_first : !begins_identifier(c) && (expect_first || c < '0' || c > '9'))
            return false;
        expect_first = c == '.';
    }
    return name.length < MODULE_NAME && !expect_first;
}

bool module_names_take(struct slice *list, struct slice *name)
{
    if (list->length == 0)
        return false;
    const char *comma = memchr(list->data, ',', list->length);
    size_t length = comma ? (size_t)(comma - list->data) : list->length;
    size_t whole = comma ? length + 1 : length;
    *name = (struct slice){list->data, length};
    *list = (struct slice){list->data + whole, list->length - whole};
    return true;
}

bool module_names_are_valid(struct slice list)
{
    struct slice name;
    size_t count = 0;
    if (list.length > MODULE_NAMES_TEXT || (list.length > 0 && list.data[list.length - 1] == ','))
        return false;
    while (module_names_take(&list, &name)) {
        if (++count > MODULE_NAMES || !is_name(name))
            return false;
    }
    return true;
}

bool module_names_have(struct slice list, struct slice name)
{
    struct slice one;
    while (module_names_take(&list, &one)) {
        if (one.length == name.length && memcmp(one.data, name.data, name.length) == 0)
            return true;
    }
    return false;
}
