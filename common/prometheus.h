/*
 * The text format of Prometheus, version 0.0.4.
 */
#ifndef STANDPY_PROMETHEUS_H
#define STANDPY_PROMETHEUS_H

#include <stdio.h>

#define PROMETHEUS_MEDIA_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* The two lines of comment before a metric's samples. */
void prometheus_title(FILE *out, const char *name, const char *type, const char *help);
/* The value of a label, escaped. */
void prometheus_label(FILE *out, const char *value);

#endif
