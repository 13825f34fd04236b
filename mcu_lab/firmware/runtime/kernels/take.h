#ifndef MCU_TAKE_H
#define MCU_TAKE_H

#include "mcu_lab.h"

/* Every axis of the output takes coordinates of the same axis of the input, in straight pieces: those of axis i are
 * first[i] to first[i + 1] - 1. Each is three numbers: output coordinates from the first of them on, up to the next piece,
 * take the second, then so many more each as the third says. mcu_lab/ops/taking.py makes these tables. */
typedef struct mcu_take_params {
    const int32_t *first; /* rank + 1 */
    const int32_t *pieces;
} mcu_take_params_t;

#endif
