/* mcu_scale_real for sums of 64 bits. */
#ifndef MCU_SCALE_WIDE_H
#define MCU_SCALE_WIDE_H

#include "mcu_scale_real.h"

/* The factor (multiplier + rest / 2^22) * 2^(shift - 31) as a double, for multiplier >= 2^30. */
static inline double mcu_factor(int32_t multiplier, int32_t rest, int32_t shift) {
    const uint64_t fraction = (((uint64_t)(uint32_t)multiplier << 22) + (uint32_t)rest) & (((uint64_t)1 << 52) - 1u);
    const uint64_t bits = ((uint64_t)(uint32_t)(1022 + shift) << 52) | fraction;
    double factor;
    memcpy(&factor, &bits, sizeof factor);
    return factor;
}

/* Few sums leave 32 bits; those are multiplied as LiteRT does it. What does not fit becomes INT32_MIN, as on its x86. */
static inline int32_t mcu_scale_wide(int64_t sum, int32_t multiplier, int32_t rest, int32_t shift) {
    if (sum >= INT32_MIN && sum <= INT32_MAX) {
        return mcu_scale_real((int32_t)sum, multiplier, rest, shift);
    }
    if (!multiplier || shift > 0) { /* 0; or more than 2^31, as the factor is at least 1 */
        return multiplier ? INT32_MIN : 0;
    }
    const double product = (double)sum * mcu_factor(multiplier, rest, shift);
    if (product <= -2147483648.5 || product >= 2147483647.5) {
        return INT32_MIN;
    }
    const int64_t whole = (int64_t)product;
    const double left = product - (double)whole; /* exact */
    return (int32_t)(whole + (left >= 0.5) - (left <= -0.5));
}

#endif
