/*
 * The engine's log. Only the front and the master write it. What others have to say comes to the
 * front as text, which is made fit for a line here.
 */
#ifndef STANDPY_LOG_H
#define STANDPY_LOG_H

#include "slice.h"

/* Writes "standpy: ", the text, and the end of the line. */
__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);

/* Writes foreign text under a line of ours, and indents each of its lines, so that none looks like
 * ours. */
void log_foreign(struct slice text);

#endif
