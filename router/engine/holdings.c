#include "holdings.h"

void content_numbers_add(struct content_numbers *contents, struct slice value)
{
    struct content_names names;
    struct slice wrong;
    names.count = 0;
    content_names_add(&names, value, &wrong); /* the engine says what is wrong with it */
    for (size_t i = 0; i < names.count && contents->count < CONTENTS_MOST; i++)
        contents->numbers[contents->count++] = content_number(names.digests[i]);
}

static size_t set_of(uint64_t content)
{
    return (size_t)(content % HOLDINGS_SETS);
}

/* Its place in its set; HOLDINGS_WAYS if it is not there. */
static size_t find(const struct holdings *holdings, const struct replica *replica, uint64_t content)
{
    const struct holding *set = holdings->sets[set_of(content)];
    size_t i = 0;
    while (i < HOLDINGS_WAYS && (set[i].content != content || set[i].replica != replica))
        i++;
    return i;
}

void holdings_note(struct holdings *holdings, const struct replica *replica,
                   const struct content_numbers *contents)
{
    for (size_t i = 0; i < contents->count; i++) {
        uint64_t content = contents->numbers[i];
        if (find(holdings, replica, content) < HOLDINGS_WAYS)
            continue;
        size_t set = set_of(content), place = holdings->next[set]++ % HOLDINGS_WAYS;
        holdings->sets[set][place] = (struct holding){content, replica};
    }
}

void holdings_forget(struct holdings *holdings, const struct replica *replica,
                     const struct content_numbers *contents)
{
    for (size_t i = 0; i < contents->count; i++) {
        uint64_t content = contents->numbers[i];
        size_t place = find(holdings, replica, content);
        if (place < HOLDINGS_WAYS)
            holdings->sets[set_of(content)][place] = (struct holding){0, NULL};
    }
}

size_t holdings_count(const struct holdings *holdings, const struct replica *replica,
                      const struct content_numbers *contents)
{
    size_t count = 0;
    for (size_t i = 0; i < contents->count; i++)
        count += find(holdings, replica, contents->numbers[i]) < HOLDINGS_WAYS;
    return count;
}
