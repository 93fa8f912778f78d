#include "healthcheck.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "log.h"

#define TIMEOUT_MS 3000L

static size_t ignore(char *bytes, size_t size, size_t count, void *nothing)
{
    (void)bytes;
    (void)nothing;
    return size * count;
}

static void write_url(const struct settings *settings, char *url, size_t capacity)
{
    const char *host = settings->listen.host ? settings->listen.host : "127.0.0.1";
    bool bracketed = strchr(host, ':') != NULL;
    snprintf(url, capacity, "%s://%s%s%s:%u/healthz", settings->tls_certificate ? "https" : "http",
             bracketed ? "[" : "", host, bracketed ? "]" : "", settings->listen.port);
}

bool healthcheck(const struct settings *settings)
{
    char url[400], error[CURL_ERROR_SIZE] = "no memory";
    long status = 0;
    write_url(settings, url, sizeof(url));
    CURL *easy = curl_easy_init();
    bool answered = easy != NULL;
    if (easy) {
        curl_easy_setopt(easy, CURLOPT_URL, url);
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
        /* The certificate is for the name that clients use, and this request never leaves the
         * machine. */
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
        answered = curl_easy_perform(easy) == CURLE_OK;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_cleanup(easy);
    }
    if (!answered)
        log_line("%s: %s", url, error);
    else if (status != 200)
        log_line("%s: status %ld", url, status);
    return answered && status == 200;
}
