/* cmocka, with the headers that it needs before it. */
#ifndef STANDPY_TEST_H
#define STANDPY_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "slice.h"

#define assert_slice(slice, text)                                                                  \
    do {                                                                                           \
        assert_int_equal((slice).length, strlen(text));                                            \
        assert_memory_equal((slice).data, text, strlen(text));                                     \
    } while (0)

#endif
