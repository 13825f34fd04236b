/* LiteRT's FULLY_CONNECTED multiplies its sums by a double and rounds the product, which is rounded itself. The same in
 * integers: the factor is (multiplier + rest / 2^22) * 2^(shift - 31), with shift in [-31, 31]. */
#ifndef MCU_SCALE_REAL_H
#define MCU_SCALE_REAL_H

#include <stdint.h>

/* The number of bits of x without leading zeros, for x > 0. */
static inline int32_t mcu_bits(uint64_t x) {
#if defined(__GNUC__)
    return 64 - __builtin_clzll(x);
#else
    int32_t bits = 0;
    for (; x; x >>= 1) {
        bits++;
    }
    return bits;
#endif
}

/* size * the factor, in units of 2^(shift - 31) rounded down, plus half the last bit that a double has for it. What is
 * rounded to nearest from there comes out as if it had been a double: that is to even, and half a step is even. */
static inline uint64_t mcu_scale_units(uint32_t size, int32_t multiplier, int32_t rest) {
    const uint64_t fine = (uint64_t)size * (uint32_t)rest;
    const uint64_t units = (uint64_t)size * (uint32_t)multiplier + (fine >> 22);
    if (!(units >> 31)) {
        return units; /* size is 0 or 1, or the factor is 0: exact in a double */
    }
    const uint32_t half_last_bit = (uint32_t)1 << (mcu_bits(units) - 32);
    return units + ((((uint32_t)fine & 0x3fffffu) + half_last_bit) >> 22);
}

static inline uint32_t mcu_magnitude(int32_t x) { return x < 0 ? 0u - (uint32_t)x : (uint32_t)x; }

/* What does not fit becomes INT32_MIN, as on LiteRT's x86. */
static inline int32_t mcu_scale_real(int32_t sum, int32_t multiplier, int32_t rest, int32_t shift) {
    const int32_t right = 31 - shift;
    const uint64_t units = mcu_scale_units(mcu_magnitude(sum), multiplier, rest);
    const uint64_t scaled = (units + (((uint64_t)1 << right) >> 1)) >> right;
    return scaled > INT32_MAX ? INT32_MIN : sum < 0 ? -(int32_t)scaled : (int32_t)scaled;
}

/* The same for shift < 0. */
static inline int32_t mcu_scale_real_narrow(int32_t sum, int32_t multiplier, int32_t rest, int32_t shift) {
    const uint32_t units = (uint32_t)(mcu_scale_units(mcu_magnitude(sum), multiplier, rest) >> 31);
    const int32_t scaled = (int32_t)(((units >> ~shift) + 1) >> 1); /* ~shift is -shift - 1 */
    return sum < 0 ? -scaled : scaled;
}

#endif
