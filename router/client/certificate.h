/*
 * The certificate for clients that connect by TLS. It can be replaced at any time: new handshakes
 * use the new certificate, established connections keep theirs.
 */
#ifndef STANDPY_ROUTER_CERTIFICATE_H
#define STANDPY_ROUTER_CERTIFICATE_H

#include <gnutls/abstract.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Reads the PEM files that TLS_CERT and TLS_KEY name. False, and one line in error, if they are not
 * a certificate and its key; the certificate then stays as it was. Never from two threads at the
 * same time.
 */
bool certificate_load(const char *certificate_path, const char *key_path, char *error,
                      size_t capacity);
/* Whether a certificate is loaded. */
bool certificate_is_loaded(void);
void certificate_free(void);

/* For MHD_OPTION_HTTPS_CERT_CALLBACK2: gives a handshake its certificate, which gnutls frees. From
 * any thread. */
gnutls_certificate_retrieve_function3 certificate_retrieve;

#endif
