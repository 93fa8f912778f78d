#include "grouped.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

char *grouped(char out[GROUPED], int64_t number)
{
    char digits[24];
    size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRId64, number), used = 0;
    for (size_t i = 0; i < length; i++) {
        bool is_digit_before = i > 0 && digits[i - 1] != '-';
        if (is_digit_before && (length - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = '\0';
    return out;
}
