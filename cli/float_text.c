#include "float_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCIENTIFIC 32 /* bytes of a number as %e writes it */

/* Adds one to the last digit of d.dddde±xx. False if that would carry beyond the first one. */
static bool next_digits(char *text)
{
    for (char *c = strchr(text, 'e') - 1; c >= text; c--) {
        if (*c == '.' || *c == '-')
            continue;
        if (*c < '9') {
            ++*c;
            return true;
        }
        *c = '0';
    }
    return false;
}

/* The shortest d.dddde±xx that is this number. */
static void shortest(char text[SCIENTIFIC], double number)
{
    for (int digits = 0; digits < 17; digits++) {
        char next[SCIENTIFIC];
        snprintf(text, SCIENTIFIC, "%.*e", digits, number);
        if (strtod(text, NULL) == number)
            return;
        /* At powers of two the decimals above may be near enough although they are not nearest. */
        memcpy(next, text, SCIENTIFIC);
        if (next_digits(next) && strtod(next, NULL) == number) {
            memcpy(text, next, SCIENTIFIC);
            return;
        }
    }
}

/* digits: without a point; the point belongs behind the first `whole` of them. */
static void write_plain(char out[FLOAT_TEXT], const char *sign, const char *digits, int whole)
{
    int count = (int)strlen(digits);
    if (whole <= 0)
        snprintf(out, FLOAT_TEXT, "%s0.%.*s%s", sign, -whole, "0000", digits);
    else if (whole >= count)
        snprintf(out, FLOAT_TEXT, "%s%s%.*s.0", sign, digits, whole - count, "0000000000000000");
    else
        snprintf(out, FLOAT_TEXT, "%s%.*s.%s", sign, whole, digits, digits + whole);
}

char *float_text(char out[FLOAT_TEXT], double number)
{
    char text[SCIENTIFIC], digits[SCIENTIFIC];
    const char *sign = signbit(number) ? "-" : "";
    if (!isfinite(number)) {
        snprintf(out, FLOAT_TEXT, "%s%s", isnan(number) ? "" : sign,
                 isnan(number) ? "NaN" : "Infinity");
        return out;
    }
    shortest(text, fabs(number));
    char *e = strchr(text, 'e');
    int exponent = atoi(e + 1), count = 0;
    for (const char *c = text; c < e; c++) {
        if (*c != '.')
            digits[count++] = *c;
    }
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = '\0';
    if (exponent >= -4 && exponent < 16)
        write_plain(out, sign, digits, exponent + 1);
    else
        snprintf(out, FLOAT_TEXT, "%s%c%s%se%+03d", sign, digits[0], count > 1 ? "." : "",
                 digits + 1, exponent);
    return out;
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

bool float_text_reads(const char *text, bool *is_float)
{
    text += *text == '-';
    size_t whole = digits(text);
    if (whole == 0 || (whole > 1 && *text == '0'))
        return false;
    text += whole;
    *is_float = *text != '\0';
    if (*text == '.') {
        size_t fraction = digits(text + 1);
        if (fraction == 0)
            return false;
        text += 1 + fraction;
    }
    if (*text == 'e' || *text == 'E') {
        text += 1 + (text[1] == '+' || text[1] == '-');
        if (digits(text) == 0)
            return false;
        text += digits(text);
    }
    return *text == '\0';
}
