/* NAME=value strings, from which settings are read. */
#ifndef STANDPY_VARIABLES_H
#define STANDPY_VARIABLES_H

#define ENVIRONMENT(...) ((char *[]){__VA_ARGS__, NULL})
#define TEXT(literal)    ((char *)(uintptr_t)(literal))

#endif
