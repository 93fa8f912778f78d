/*
 * Whole numbers as people write them in settings. Pure.
 */
#ifndef STANDPY_NUMBER_H
#define STANDPY_NUMBER_H

#include <stdbool.h>

/*
 * Reads up to nine digits, and nothing else, that make a number from `from` to `to`. False for any
 * other text; *number then keeps its value.
 */
bool number_parse(const char *text, unsigned long from, unsigned long to, unsigned *number);

#endif
