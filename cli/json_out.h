/*
 * Bytes of any length as JSON. Pure, but for the streams.
 */
#ifndef STANDPY_CLI_JSON_OUT_H
#define STANDPY_CLI_JSON_OUT_H

#include <stdio.h>

#include "slice.h"

/* As the inside of a string, without its quotes. The bytes must be UTF-8, if not each piece. */
void json_out_escaped(FILE *out, struct slice piece);

/* A string with its quotes. */
void json_out_string(FILE *out, struct slice text);

/* To the end of a stream: as the inside of a string, or in base64 (RFC 4648 §4). */
void json_out_text(FILE *out, FILE *in);
void json_out_base64(FILE *out, FILE *in);

#endif
