/* The arithmetic of SOFTMAX of 8-bit elements, as in mcu_lab/numerics/softmax8.py. */
#ifndef MCU_SOFTMAX_FIXED_POINT_H
#define MCU_SOFTMAX_FIXED_POINT_H

#include "mcu_reciprocal.h"

/* An exponential in Q0.31 as it is summed up: in Q12.19. */
static inline uint32_t mcu_softmax_addend(int32_t raised) { return ((uint32_t)raised + (1u << 11)) >> 12; }

/* What turns an exponential of a row into its share: round(raised * fraction / 2^31) >> shift, rounded. */
typedef struct mcu_softmax_row {
    int32_t fraction, shift; /* shift 0: every share rounds to nothing */
} mcu_softmax_row_t;

/* `sum` is that of all addends; shares have `bits` bits. */
static inline mcu_softmax_row_t mcu_softmax_row(uint32_t sum, int32_t bits) {
    mcu_softmax_row_t row = {0, 43 - bits};
    while (!(sum & (1u << 31))) {
        sum <<= 1;
        row.shift--;
    }
    row.fraction = mcu_reciprocal_of_one_plus((int32_t)(sum - (1u << 31)));
    row.shift = row.shift > 31 ? 0 : row.shift;
    return row;
}

static inline int32_t mcu_softmax_share(mcu_softmax_row_t row, int32_t raised) {
    const uint32_t share = (uint32_t)mcu_saturating_rounding_doubling_high_mul(raised, row.fraction);
    return row.shift ? (int32_t)((share + (1u << (row.shift - 1))) >> row.shift) : 0;
}

#endif
