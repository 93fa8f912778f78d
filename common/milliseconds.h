/*
 * To print microseconds as milliseconds; printf takes many times longer for a double.
 */
#ifndef STANDPY_MILLISECONDS_H
#define STANDPY_MILLISECONDS_H

#include <inttypes.h>

/* For int64_t, not negative. */
#define MILLISECONDS                  "%" PRId64 ".%03d"
#define IN_MILLISECONDS(microseconds) (microseconds) / 1000, (int)((microseconds) % 1000)

#endif
