/* Logarithms in fixed point, as in mcu_lab/numerics/log_softmax8.py. */
#ifndef MCU_LOG_OF_SUM_H
#define MCU_LOG_OF_SUM_H

#include "mcu_reciprocal.h"

static inline int32_t mcu_leading_zeros(int32_t x) {
    int32_t zeros = 32;
    for (uint32_t rest = (uint32_t)x; rest; rest >>= 1) {
        zeros--;
    }
    return zeros;
}

/* x * 2^shift, saturating; shift in [0, 31]. */
static inline int32_t mcu_scaled_up(int32_t x, int32_t shift) {
    const int64_t wide = (int64_t)x * ((int64_t)1 << shift);
    return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

/* Q5.26: the logarithm of a Q12.19 from 1 on. */
static inline int32_t mcu_log_of_sum(int32_t x) {
    const int32_t root_half = 1518500250; /* roots, powers and polynomials in Q0.31 */
    const int32_t fourth_root_half = 1805811301;
    const int32_t quarter = 1 << 23; /* Q6.25 */
    const int32_t zeros = mcu_leading_zeros(x);
    const int32_t high = mcu_saturating_rounding_doubling_high_mul(mcu_scaled_up(x, zeros - 1), root_half);
    const int32_t a = mcu_scaled_up(high, 1);
    const int32_t power_a = mcu_scaled_up(12 - zeros, 25) + quarter;
    const int32_t room = mcu_leading_zeros(mcu_saturating_rounding_doubling_high_mul(x, root_half)) - 1;
    const int32_t b = mcu_scaled_up(x, room);
    const int32_t power_b = mcu_scaled_up(12 - room, 25) - quarter;
    const int32_t r = mcu_min(a, b);
    const int32_t power = mcu_max(power_a, power_b);
    const int32_t p = (int32_t)(((int64_t)r + fourth_root_half + 1) >> 1);
    const int32_t q = 2 * (r - fourth_root_half);
    const int32_t square = mcu_saturating_rounding_doubling_high_mul(q, q);
    const int32_t cube = mcu_saturating_rounding_doubling_high_mul(q, square);
    const int32_t above = mcu_saturating_rounding_doubling_high_mul(q, r) +
                          mcu_saturating_rounding_doubling_high_mul(cube, 117049297);
    const int32_t inner = 1057819769 + q + mcu_saturating_rounding_doubling_high_mul(square, 127690142);
    const int32_t below = mcu_saturating_rounding_doubling_high_mul(p, inner) +
                          mcu_saturating_rounding_doubling_high_mul(q, 638450708);
    const int32_t share = mcu_saturating_rounding_doubling_high_mul(mcu_rounding_divide_by_pot(above, 6),
                                                                    mcu_reciprocal_of_one_plus(below));
    return mcu_scaled_up(mcu_saturating_rounding_doubling_high_mul(power, 1488522236) + share, 1);
}

#endif
