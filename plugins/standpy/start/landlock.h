/*
 * Tells what Landlock (landlock(7)) the kernel has.
 */
#ifndef STANDPY_LANDLOCK_H
#define STANDPY_LANDLOCK_H

/* The ABI of the kernel's Landlock; 0 if it has none or it is switched off. */
int sandbox_abi(void);

/*
 * What a Landlock of that ABI does not keep scripts from, in words for a log line; NULL if it does
 * all that the engine asks for. Pure.
 */
const char *sandbox_lacks(int abi);

#endif
