#ifndef MCU_SELECT_H
#define MCU_SELECT_H

#include "mcu_operand.h"

/* first: the axis of the output that a condition of one axis runs along (-1: it is broadcast as the others are).
 * broadcast: of the condition and both tensors, see mcu_operand. */
typedef struct mcu_select_params {
    int32_t first;
    const int32_t *broadcast;
} mcu_select_params_t;

#endif
