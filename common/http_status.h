/*
 * Status codes of HTTP. Pure.
 */
#ifndef STANDPY_HTTP_STATUS_H
#define STANDPY_HTTP_STATUS_H

/* In logs and metrics only, never sent: the client left before its answer. nginx's number and name.
 */
#define STATUS_CLIENT_CLOSED_REQUEST 499

/* The reason phrase of a status line (RFC 9110 §15), which no client needs to read; "Status" if
 * unknown. */
const char *http_reason(int status);

#endif
