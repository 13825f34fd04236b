/* Operands that are broadcast against each other. */
#ifndef MCU_OPERAND_H
#define MCU_OPERAND_H

#include "mcu_lab.h"

/* A run of one operand: address of its first element, step in bytes, and how many steps it goes on; at is NULL when no
 * View holds it. */
typedef struct mcu_operand {
    const uint8_t *at;
    int32_t step, count;
} mcu_operand_t;

/* The run that belongs to output coordinate `at`. Bit k of broadcast: the operand has size 1 along the k-th axis from the
 * last, and the output does not. */
static inline mcu_operand_t mcu_operand(const mcu_call_t *call, int32_t slot, int32_t broadcast, const int32_t *at,
                                        int32_t rank) {
    mcu_operand_t run = {NULL, 0, INT32_MAX};
    int32_t from[MCU_MAX_RANK];
    for (int32_t i = 0; i < rank; i++) {
        from[i] = (broadcast >> (rank - 1 - i)) & 1 ? 0 : at[i];
    }
    const mcu_view_t *view = mcu_holding_all(call, slot, from);
    if (view) {
        run.at = mcu_read(call, view, from);
        if (!(broadcast & 1)) {
            run.step = mcu_stride(view, rank - 1);
            run.count = mcu_straight(view, from);
        }
    }
    return run;
}

#endif
