/*
 * Tells the front which inputs of a request it shall keep.
 */
#ifndef STANDPY_KEEP_H
#define STANDPY_KEEP_H

#include "order.h"

/*
 * Call it before the script runs: afterwards the front takes no such message. Does not return if
 * the front is gone.
 */
void keep_inputs(struct runner *runner, const struct order *order,
                 const struct execution_request *request);

#endif
