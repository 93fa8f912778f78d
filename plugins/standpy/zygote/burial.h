/*
 * What follows a runner's end: its status, the processes that it left, its scratch folder.
 */
#ifndef STANDPY_BURIAL_H
#define STANDPY_BURIAL_H

#include "slice.h"
#include "zygote.h"

/*
 * Deals with all children that have ended or stopped, tells the front of that generation, and ends
 * strangers. Takes some 20 ms at most; true if strangers are left then.
 */
bool bury(struct zygote *zygote, uint64_t generation);

/* Ends a runner that has done its work. */
void burial_end(pid_t process);

/* Removes the scratch folder of a runner that an earlier zygote forked. */
void bury_folder(struct zygote *zygote, struct slice name);

/* Removes all scratch folders of this engine that no runner uses, also those that an earlier zygote
 * left. */
void bury_unknown(struct zygote *zygote);

/* Ends all children and their descendants, and removes the scratch folders of this engine. */
void bury_all(struct zygote *zygote);

/* Whom to tell that the process of the application has ended; set before there is one. status: of
 * waitpid(2). */
void burial_tell_of_host(void (*ended)(int status, uint64_t generation));

#endif
