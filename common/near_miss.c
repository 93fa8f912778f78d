#include "near_miss.h"

#include <ctype.h>
#include <string.h>

#define LONGEST 96 /* bytes; longer names are not compared */
#define SHORT   10 /* bytes; two mistakes in so short a name may make another word */

static void normalize(char *out, const char *name)
{
    for (; *name; name++)
        *out++ = *name == '-' || *name == '.' ? '_' : (char)toupper((unsigned char)*name);
    *out = '\0';
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: counts changes, additions, omissions and swapped neighbours. */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][LONGEST + 1];
    size_t length = strlen(b);
    for (unsigned j = 0; j <= length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= strlen(a); i++) {
        unsigned *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= length; j++) {
            unsigned changed = last[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = least(changed, 1 + least(last[j], now[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[strlen(a) % 3][length];
}

bool near_miss(const char *name, const char *meant)
{
    char a[LONGEST + 1], b[LONGEST + 1];
    if (strlen(name) > LONGEST || strlen(meant) > LONGEST || strcmp(name, meant) == 0)
        return false;
    normalize(a, name);
    normalize(b, meant);
    return distance(a, b) <= (strlen(meant) > SHORT ? 2U : 1U);
}
