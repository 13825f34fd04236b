/* One over a square root in fixed point, as in mcu_lab/numerics/inverse_root.py. */
#ifndef MCU_INVERSE_ROOT_H
#define MCU_INVERSE_ROOT_H

#include "mcu_fixed_point.h"

static inline int32_t mcu_saturated(int64_t x) { return x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : (int32_t)x; }

/* The multiplier of one over the root of x >= 0, 0 being as 1; its shift goes to *shift. */
static inline int32_t mcu_inverse_root(int32_t x, int32_t *shift) {
    if (x <= 1) {
        *shift = 0;
        return INT32_MAX;
    }
    int32_t exponent = 11;
    for (; x >= 1 << 29; x /= 4) {
        exponent++;
    }
    for (; x < 1 << 27; x *= 4) {
        exponent--;
    }
    const int32_t half = ((x >> 1) + 1) >> 1;
    int32_t root = 1 << 28;
    for (int32_t i = 0; i < 5; i++) { /* Newton's method */
        const int32_t square = mcu_saturating_rounding_doubling_high_mul(root, root);
        const int64_t cube = mcu_saturating_rounding_doubling_high_mul(square, root);
        const int32_t less = mcu_saturating_rounding_doubling_high_mul(half, mcu_saturated(cube * 64));
        const int64_t next = mcu_saturating_rounding_doubling_high_mul((1 << 28) + (1 << 27), root) - less;
        root = mcu_saturated(next * 8);
    }
    root = mcu_saturating_rounding_doubling_high_mul(root, 1518500250);
    if (exponent < 0) {
        root = mcu_shift_left(root, -exponent);
        exponent = 0;
    }
    *shift = -exponent;
    return root;
}

#endif
