/*
 * The title of a page in HTML: what answers instead of StandPy often says there what it is. Pure.
 */
#ifndef STANDPY_CLI_PAGE_TITLE_H
#define STANDPY_CLI_PAGE_TITLE_H

#include "slice.h"

#define PAGE_TITLE 401 /* bytes: 100 characters and a null */

/* Without its tags, entities and extra blanks; "" if there is none. Returns out. */
char *page_title(char out[PAGE_TITLE], struct slice page);

#endif
