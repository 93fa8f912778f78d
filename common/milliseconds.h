/*
 * Prints microseconds as milliseconds without a double, for which printf takes many times longer.
 */
#ifndef STANDPY_MILLISECONDS_H
#define STANDPY_MILLISECONDS_H

#include <inttypes.h>

/* For an int64_t that is not negative. */
#define MILLISECONDS                  "%" PRId64 ".%03d"
#define IN_MILLISECONDS(microseconds) (microseconds) / 1000, (int)((microseconds) % 1000)

#endif
