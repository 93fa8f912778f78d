/*
 * The document of GET /info, with the guide's six keys. Pure.
 */
#ifndef STANDPY_INFO_DOCUMENT_H
#define STANDPY_INFO_DOCUMENT_H

struct info {
    const char *environment; /* CONDA_ENV, or the prefix of the Python on PATH */
    long max_requests;       /* 0: never, shown as null */
    long timeout;            /* seconds */
    long worker_uptime;      /* seconds since the youngest worker started */
    long workers;
};

/* JSON text, with the keys in the guide's order. The caller frees it; NULL if memory runs out. */
char *info_document(const struct info *info);

#endif
