/* What a user reads if there is no answer, or half of one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "transfer_parts.h"

#define NOT_REPEATED "The script may have run, so the request was not repeated."

/* X509_V_ERR_…: self-signed, in the chain, no issuer. OpenSSL's numbers have not changed since
 * there are any. */
static bool is_unknown_authority(long verified)
{
    return verified >= 18 && verified <= 21;
}

/* Without libcurl's own words before it. */
static const char *reason_of(const struct transfer *transfer, CURLcode code)
{
    static const char certificate[] = "SSL certificate problem: ";
    const char *text = transfer->error[0] ? transfer->error : curl_easy_strerror(code);
    size_t length = sizeof(certificate) - 1;
    return strncmp(text, certificate, length) == 0 ? text + length : text;
}

static const char *cacert_of(const struct transfer *transfer)
{
    return transfer->target->cacert ? transfer->target->cacert : "";
}

static bool no_tls(struct transfer *transfer, CURLcode code)
{
    const char *endpoint = transfer->target->text, *reason = reason_of(transfer, code);
    long verified = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &verified);
    if (code == CURLE_SSL_CACERT_BADFILE)
        return failure_set(transfer->failure, FAILURE_USAGE,
                           "cacert %s is no file of certificates (PEM): %s", cacert_of(transfer),
                           reason);
    if (code == CURLE_PEER_FAILED_VERIFICATION && is_unknown_authority(verified))
        return failure_set(transfer->failure, FAILURE_UNREACHABLE,
                           "The certificate of %s comes from an authority that this machine does "
                           "not know (%s). If it is your own, name its file: --cacert "
                           "authority.pem.",
                           endpoint, reason);
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return failure_set(transfer->failure, FAILURE_UNREACHABLE,
                           "The certificate of %s is not valid: %s.", endpoint, reason);
    return failure_set(transfer->failure, FAILURE_UNREACHABLE,
                       "%s does not speak TLS (%s). Does its endpoint begin with http:// instead?",
                       endpoint, reason);
}

static bool too_late(struct transfer *transfer)
{
    const struct target *target = transfer->target;
    if (transfer->is_connected)
        return failure_set(transfer->failure, FAILURE_UNREACHABLE,
                           "%s took a connection, but no TLS handshake within %d s. Does its "
                           "endpoint begin with http:// instead?",
                           target->text, CONNECT_SECONDS);
    return failure_set(transfer->failure, FAILURE_UNREACHABLE,
                       "%s port %u did not answer within %d s: %s cannot be reached. Is this "
                       "machine in its network?",
                       target->endpoint.host, target->endpoint.port, CONNECT_SECONDS, target->text);
}

static bool not_connected(struct transfer *transfer, CURLcode code)
{
    const struct target *target = transfer->target;
    long number = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &number);
    if (code == CURLE_COULDNT_RESOLVE_HOST)
        return failure_set(transfer->failure, FAILURE_UNREACHABLE,
                           "The host '%s' of %s is not known here. Is its name right, and is this "
                           "machine in its network?",
                           target->endpoint.host, target->text);
    if (number == ECONNREFUSED)
        return failure_set(transfer->failure, FAILURE_UNREACHABLE,
                           "Nothing listens at %s port %u: %s cannot be reached. Is the router "
                           "(or engine) running?",
                           target->endpoint.host, target->endpoint.port, target->text);
    if (code == CURLE_OPERATION_TIMEDOUT || number == ETIMEDOUT)
        return too_late(transfer);
    return failure_set(transfer->failure, FAILURE_UNREACHABLE, "%s cannot be reached: %s.",
                       target->text, number ? strerror((int)number) : reason_of(transfer, code));
}

static bool is_of_tls(CURLcode code)
{
    return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION ||
           code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CERTPROBLEM ||
           code == CURLE_SSL_CIPHER || code == CURLE_SSL_ISSUER_ERROR;
}

static bool broke_in_handshake(struct transfer *transfer, CURLcode code)
{
    if (is_of_tls(code))
        return no_tls(transfer, code);
    return not_connected(transfer, code);
}

static bool was_cut(struct transfer *transfer, const char *why)
{
    return failure_set(transfer->failure, FAILURE_UNREACHABLE,
                       "The answer of %s was cut: %s. " NOT_REPEATED, transfer->target->text, why);
}

#define TOO_LARGE 100 /* CURLE_TOO_LARGE, which libcurl has since 8.6 */

/* Before, libcurl said of a line that is longer than it takes that there is no memory for it; while
 * it waits for an answer, it wants none for anything else. */
static bool is_line_too_long(const struct transfer *transfer, CURLcode code)
{
    return ((int)code == TOO_LARGE || code == CURLE_OUT_OF_MEMORY) &&
           transfer->state >= TRANSFER_SENDING;
}

static bool is_not_http(const struct transfer *transfer, CURLcode code)
{
    return transfer->not_http.text[0] || code == CURLE_UNSUPPORTED_PROTOCOL ||
           code == CURLE_WEIRD_SERVER_REPLY;
}

/* Before the head of an answer. */
static bool no_answer(struct transfer *transfer, CURLcode code)
{
    const char *endpoint = transfer->target->text;
    bool is_out = transfer->state >= TRANSFER_WAITING;
    bool may_have_run = is_out && transfer->request->parts;
    const char *end = may_have_run ? NOT_REPEATED : "The script did not run.";
    char silence[64];
    snprintf(silence, sizeof(silence), "nothing came for %u s",
             patience_silence(&transfer->patience));
    if (transfer->stop == TRANSFER_SILENT && !is_out)
        return failure_set(transfer->failure, FAILURE_UNREACHABLE,
                           "%s took nothing of the request for %d s. The script did not run.",
                           endpoint, PATIENCE_SECONDS);
    if (!is_out && !is_not_http(transfer, code))
        return failure_set(transfer->failure, FAILURE_UNREACHABLE,
                           "The connection to %s broke while the request was sent (%s). The "
                           "script did not run.",
                           endpoint, reason_of(transfer, code));
    if (is_not_http(transfer, code))
        return failure_set(transfer->failure, FAILURE_UNREACHABLE,
                           "What answers at %s does not speak HTTP/1.1: %s. Is it the port of "
                           "something else?",
                           endpoint,
                           transfer->not_http.text[0] ? transfer->not_http.text
                                                      : reason_of(transfer, code));
    return failure_set(transfer->failure, FAILURE_UNREACHABLE, "No answer of %s: %s. %s", endpoint,
                       transfer->stop == TRANSFER_SILENT
                           ? silence
                           : "the connection broke before there was an answer",
                       end);
}

static const char *why_cut(const struct transfer *transfer, char text[128], CURLcode code)
{
    if (transfer->stop == TRANSFER_SILENT)
        snprintf(text, 128, "nothing came for %d s", PATIENCE_SECONDS);
    else if (transfer->stop == TRANSFER_TOO_SLOW)
        snprintf(text, 128, "it is slower than %d bytes a second", PATIENCE_SLOWEST);
    else if (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING)
        snprintf(text, 128, "it ends too soon");
    else
        snprintf(text, 128, "%.120s", reason_of(transfer, code));
    return text;
}

bool transfer_explain(struct transfer *transfer, CURLcode code)
{
    char text[128];
    if (transfer->stop == TRANSFER_REFUSED)
        return false;
    if (transfer->stop == TRANSFER_INTERRUPTED)
        return failure_of_interrupt(transfer->failure);
    if (transfer->changed_file)
        return failure_set(transfer->failure, FAILURE_REFUSED,
                           "%s became shorter while it was sent. The script did not run.",
                           transfer->changed_file);
    if (is_line_too_long(transfer, code))
        sentence_say(&transfer->not_http, "its head is too large");
    else if (code == CURLE_OUT_OF_MEMORY)
        return failure_of_memory(transfer->failure);
    if (transfer->state == TRANSFER_CONNECTING)
        return broke_in_handshake(transfer, code);
    if (!transfer->head.is_complete)
        return no_answer(transfer, code);
    return was_cut(transfer, why_cut(transfer, text, code));
}
