/*
 * Hands requests to the WSGI application, and sends on what it answers.
 */
#ifndef STANDPY_SERVING_H
#define STANDPY_SERVING_H

#include "interpreter.h"
#include "python.h"

/* The members of struct interpreter of the same names. */
bool serving_load(const struct application_config *config, char *error, size_t capacity);
bool serving_enter_runner(const struct interpreter_runner *runner, char *error, size_t capacity);
void serving_serve(const struct page_request *request, const struct page_sender *sender);

/* For the helper modules: send_head(status, fields, content, end), send_piece(content, end) and
 * send_log(text). */
extern PyMethodDef serving_functions[];

#endif
