/* The parts of a request, given to libcurl's MIME API. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transfer_parts.h"

/* A file that is read while it is sent. Owned by its part. */
struct upload {
    FILE *file;
    uint64_t left;
    const char *path;
    struct transfer *transfer;
};

/* Opened late, so that a thousand inputs need not be open at once. */
static size_t read_file(char *buffer, size_t size, size_t count, void *context)
{
    struct upload *upload = context;
    size_t wanted = size * count;
    if (wanted > upload->left)
        wanted = (size_t)upload->left;
    if (wanted == 0)
        return 0;
    if (!upload->file)
        upload->file = fopen(upload->path, "re");
    size_t got = upload->file ? fread(buffer, 1, wanted, upload->file) : 0;
    if (got == 0) {
        upload->transfer->changed_file = upload->path;
        return CURL_READFUNC_ABORT;
    }
    upload->left -= got;
    if (upload->left == 0) {
        fclose(upload->file);
        upload->file = NULL;
    }
    return got;
}

static void free_file(void *context)
{
    struct upload *upload = context;
    if (upload->file)
        fclose(upload->file);
    free(upload);
}

static bool add_file(struct transfer *transfer, curl_mimepart *place, const struct part *part)
{
    struct upload *upload = malloc(sizeof(*upload));
    if (!upload)
        return false;
    *upload = (struct upload){NULL, part->size, part->path, transfer};
    CURLcode code =
        curl_mime_data_cb(place, (curl_off_t)part->size, read_file, NULL, free_file, upload);
    if (code != CURLE_OK)
        free(upload);
    return code == CURLE_OK;
}

static bool add_part(struct transfer *transfer, const struct part *part)
{
    curl_mimepart *place = curl_mime_addpart(transfer->mime);
    if (!place || curl_mime_name(place, part->name) != CURLE_OK)
        return false;
    if (part->media_type && curl_mime_type(place, part->media_type) != CURLE_OK)
        return false;
    if (strcmp(part->name, "file") == 0 && curl_mime_filename(place, "file") != CURLE_OK)
        return false;
    if (part->path)
        return add_file(transfer, place, part);
    return curl_mime_data(place, part->content.data, part->content.length) == CURLE_OK;
}

bool transfer_add_parts(struct transfer *transfer)
{
    const struct parts *parts = transfer->request->parts;
    transfer->mime = curl_mime_init(transfer->easy);
    bool added = transfer->mime != NULL;
    for (size_t i = 0; added && i < parts->count; i++)
        added = add_part(transfer, &parts->list[i]);
    return added && curl_easy_setopt(transfer->easy, CURLOPT_MIMEPOST, transfer->mime) == CURLE_OK;
}

curl_off_t transfer_total(const struct transfer *transfer)
{
    curl_off_t total = -1;
    if (!transfer->request->parts)
        return 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_UPLOAD_T, &total);
    return total > 0 ? total : -1;
}
