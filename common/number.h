/*
 * Whole numbers as people write them in settings. Pure.
 */
#ifndef STANDPY_NUMBER_H
#define STANDPY_NUMBER_H

#include <stdbool.h>

/*
 * Reads text: up to nine digits and nothing else, within from and to. False, and *number as it was,
 * for any other text.
 */
bool number_parse(const char *text, unsigned long from, unsigned long to, unsigned *number);

#endif
