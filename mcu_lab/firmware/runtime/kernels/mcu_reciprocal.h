/* 1 / (1 + a) in fixed point, as in mcu_lab/numerics/softmax8.py. */
#ifndef MCU_RECIPROCAL_H
#define MCU_RECIPROCAL_H

#include "mcu_fixed_point.h"

/* x * 4 that saturates. */
static inline int32_t mcu_saturating_times_4(int32_t x) {
    const int32_t most = INT32_MAX / 4;
    return x > most ? INT32_MAX : x < -most - 1 ? INT32_MIN : x * 4;
}

/* For a in Q0.31 and [0, 1), by three steps of Newton's method. */
static inline int32_t mcu_reciprocal_of_one_plus(int32_t a) {
    const int32_t half = (int32_t)(((uint32_t)a + (1u << 31)) >> 1);
    int32_t x = 1515870810 + mcu_saturating_rounding_doubling_high_mul(half, -1010580540); /* Q2.29: 48/17 - 32/17 half */
    for (int32_t i = 0; i < 3; i++) {
        const int32_t left = (1 << 29) - mcu_saturating_rounding_doubling_high_mul(half, x);
        x += mcu_saturating_times_4(mcu_saturating_rounding_doubling_high_mul(x, left));
    }
    return x > INT32_MAX / 2 ? INT32_MAX : 2 * x;
}

#endif
