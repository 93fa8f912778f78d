/*
 * The certificate that clients get where they come by TLS. It can be changed while they come: a
 * handshake takes the one of now, connections that are there keep theirs.
 */
#ifndef STANDPY_ROUTER_CERTIFICATE_H
#define STANDPY_ROUTER_CERTIFICATE_H

#include <gnutls/abstract.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Reads the PEM files that TLS_CERT and TLS_KEY name. False, and one line in error, where they are
 * not a certificate and its key; the certificate stays as it was then. Not from two threads at a
 * time.
 */
bool certificate_load(const char *certificate_path, const char *key_path, char *error,
                      size_t capacity);
/* Whether there is one. */
bool certificate_is_loaded(void);
void certificate_free(void);

/* For MHD_OPTION_HTTPS_CERT_CALLBACK2: what a handshake shows; gnutls frees it. From any thread. */
gnutls_certificate_retrieve_function3 certificate_retrieve;

#endif
