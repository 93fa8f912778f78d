/*
 * The engine's log. Only the front writes it, and the master; what others have to say comes to the
 * front as text and is made fit for a line.
 */
#ifndef STANDPY_LOG_H
#define STANDPY_LOG_H

#include "slice.h"

/* "standpy: ", the text, and the end of the line. */
__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);

/* Foreign text under a line of ours: each of its lines is indented, so that none looks like ours.
 */
void log_foreign(struct slice text);

#endif
