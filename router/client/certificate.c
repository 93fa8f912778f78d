#include "certificate.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    pthread_mutex_t lock;
    gnutls_certificate_credentials_t now; /* NULL: none; holds one certificate with its chain */
} certificate = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Reads a file. The caller owns the bytes; data is NULL, with a line in error, if that fails. */
static gnutls_datum_t read_pem(const char *variable, const char *path, char *error, size_t capacity)
{
    gnutls_datum_t pem = {NULL, 0};
    if (gnutls_load_file(path, &pem) != 0)
        snprintf(error, capacity, "%s=%.200s: %s", variable, path, strerror(errno));
    return pem;
}

static void free_pem(gnutls_datum_t *pem)
{
    if (pem->data)
        gnutls_memset(pem->data, 0, pem->size);
    gnutls_free(pem->data);
}

/* NULL, and a line in error, if the two are not a certificate and its key. */
static gnutls_certificate_credentials_t
parse(const gnutls_datum_t *chain, const gnutls_datum_t *key, char *error, size_t capacity)
{
    gnutls_certificate_credentials_t parsed = NULL;
    int failure = gnutls_certificate_allocate_credentials(&parsed);
    if (failure == 0)
        failure =
            gnutls_certificate_set_x509_key_mem2(parsed, chain, key, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (failure >= 0)
        return parsed;
    if (parsed)
        gnutls_certificate_free_credentials(parsed);
    snprintf(error, capacity,
             "TLS_CERT and TLS_KEY are not allowed: they must be the PEM files of a certificate "
             "and its key: %s",
             gnutls_strerror(failure));
    return NULL;
}

static void replace(gnutls_certificate_credentials_t by)
{
    pthread_mutex_lock(&certificate.lock);
    gnutls_certificate_credentials_t before = certificate.now;
    certificate.now = by;
    pthread_mutex_unlock(&certificate.lock);
    if (before)
        gnutls_certificate_free_credentials(before);
}

bool certificate_load(const char *certificate_path, const char *key_path, char *error,
                      size_t capacity)
{
    gnutls_datum_t chain = read_pem("TLS_CERT", certificate_path, error, capacity);
    gnutls_datum_t key = {NULL, 0};
    if (chain.data)
        key = read_pem("TLS_KEY", key_path, error, capacity);
    gnutls_certificate_credentials_t parsed = NULL;
    if (key.data)
        parsed = parse(&chain, &key, error, capacity);
    free_pem(&chain);
    free_pem(&key);
    if (parsed)
        replace(parsed);
    return parsed != NULL;
}

bool certificate_is_loaded(void)
{
    return certificate.now != NULL; /* only the thread that asks here writes it */
}

void certificate_free(void)
{
    replace(NULL);
}

/* A handshake */

/* Copies both, because the certificate may be replaced before the handshake ends. */
static int copy(gnutls_x509_crt_t **chain, unsigned *length, gnutls_x509_privkey_t *key)
{
    pthread_mutex_lock(&certificate.lock);
    int failure = gnutls_certificate_get_x509_crt(certificate.now, 0, chain, length);
    if (failure == 0)
        failure = gnutls_certificate_get_x509_key(certificate.now, 0, key);
    pthread_mutex_unlock(&certificate.lock);
    return failure;
}

static void free_chain(gnutls_x509_crt_t *chain, unsigned length)
{
    for (unsigned i = 0; i < length; i++)
        gnutls_x509_crt_deinit(chain[i]);
    gnutls_free(chain);
}

/* Takes ownership of key. */
static int show_key(gnutls_x509_privkey_t key, gnutls_privkey_t *shown)
{
    int failure = gnutls_privkey_init(shown);
    if (failure == 0)
        failure = gnutls_privkey_import_x509(*shown, key, GNUTLS_PRIVKEY_IMPORT_AUTO_RELEASE);
    if (failure == 0)
        return 0;
    if (*shown)
        gnutls_privkey_deinit(*shown);
    gnutls_x509_privkey_deinit(key);
    *shown = NULL;
    return failure;
}

static int show_chain(gnutls_x509_crt_t *chain, unsigned length, gnutls_pcert_st **shown)
{
    *shown = gnutls_calloc(length, sizeof(**shown));
    if (!*shown)
        return GNUTLS_E_MEMORY_ERROR;
    int failure = gnutls_pcert_import_x509_list(*shown, chain, &length, 0);
    if (failure != 0)
        gnutls_free(*shown);
    return failure;
}

int certificate_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
                         gnutls_pcert_st **shown, unsigned *shown_length,
                         gnutls_ocsp_data_st **ocsp, unsigned *ocsp_length,
                         gnutls_privkey_t *shown_key, unsigned *flags)
{
    (void)session;
    (void)info;
    gnutls_x509_crt_t *chain = NULL;
    gnutls_x509_privkey_t key = NULL;
    unsigned length = 0;
    int failure = copy(&chain, &length, &key);
    if (failure == 0)
        failure = show_key(key, shown_key);
    if (failure == 0) {
        failure = show_chain(chain, length, shown);
        if (failure != 0)
            gnutls_privkey_deinit(*shown_key);
    }
    free_chain(chain, length);
    *shown_length = length;
    *ocsp = NULL;
    *ocsp_length = 0;
    *flags = GNUTLS_CERT_RETR_DEINIT_ALL;
    return failure == 0 ? 0 : -1;
}
