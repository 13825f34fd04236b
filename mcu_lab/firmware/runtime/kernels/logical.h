#ifndef MCU_LOGICAL_H
#define MCU_LOGICAL_H

#include "mcu_operand.h"

/* Bit k of true_of: the result is true where k of the two operands are. Broadcasting: see mcu_operand. */
typedef struct mcu_logical_params {
    int32_t true_of;
    int32_t a_broadcast, b_broadcast;
} mcu_logical_params_t;

#endif
