/* sin and cos of floats: the same operations as mcu_lab/numerics/trigonometry.py. */
#ifndef MCU_TRIGONOMETRY_H
#define MCU_TRIGONOMETRY_H

#include "mcu_elementary.h"

/* sin of x and `ahead` quarters of a turn. */
static inline float mcu_sine(float x, uint32_t ahead) {
    static const uint32_t two_over_pi[] = {0u,          0xA2F9836Eu, 0x4E441529u, 0xFC2757D1u,
                                           0xF534DDC0u, 0xDB629599u, 0x3C439041u, 0xFE5163ABu};
    static const double sines[] = {-1.0 / 1307674368000.0, 1.0 / 6227020800.0, -1.0 / 39916800.0, 1.0 / 362880.0,
                                   -1.0 / 5040.0,          1.0 / 120.0,        -1.0 / 6.0,        1.0};
    static const double cosines[] = {1.0 / 20922789888000.0, -1.0 / 87178291200.0, 1.0 / 479001600.0, -1.0 / 3628800.0,
                                     1.0 / 40320.0,          -1.0 / 720.0,         1.0 / 24.0,        -0.5,
                                     1.0};
    const float a = mcu_absolute(x);
    if (!(a < MCU_INFINITY)) {
        return mcu_nan();
    }
    uint32_t turn = ahead;
    double rest = a;
    if (a >= 0.785398163f) {
        const uint32_t bits = mcu_float_bits(a);
        const uint64_t whole = (bits & 0x7FFFFFu) | 0x800000u;
        const uint32_t start = (bits >> 23) - 120u; /* of the bits of 2 / pi that matter modulo 4 */
        const uint32_t *word = two_over_pi + (start >> 5);
        uint64_t three[3];
        for (int32_t i = 0; i < 3; i++) {
            const uint64_t pair = ((uint64_t)word[i] << 32) | word[i + 1];
            three[i] = (pair << (start & 31u)) >> 32;
        }
        const uint64_t turned = ((whole * three[0]) << 32) + whole * three[1] + ((whole * three[2]) >> 32);
        const uint64_t quadrant = ((turned >> 61) + 1u) >> 1;
        turn += (uint32_t)quadrant;
        rest = (double)(int64_t)(turned - (quadrant << 62)) * 2.168404344971009e-19 * 1.5707963267948966;
    }
    if (x < 0.0f && ahead == 0u) {
        turn += 2u;
    }
    const double square = rest * rest;
    const double y = turn & 1u ? mcu_horner(cosines, 9, square) : rest * mcu_horner(sines, 8, square);
    return mcu_rounded(turn & 2u ? -y : y);
}

static inline float mcu_sin(float x) { return x == 0.0f ? x : mcu_sine(x, 0u); }

static inline float mcu_cos(float x) { return mcu_sine(x, 1u); }

#endif
