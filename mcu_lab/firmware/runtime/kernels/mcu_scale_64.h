/* Sums of 64 bits by a multiplier of 16, as TFLite rescales them. */
#ifndef MCU_SCALE_64_H
#define MCU_SCALE_64_H

#include <stdint.h>

/* sum * multiplier / 2^shift, half rounded up, for shift in [0, 63]; beyond 64 bits modulo 2^64, beyond 32 modulo 2^32. A
 * shift of 0 rounds by what 1 << -1 is on x86. */
static inline int32_t mcu_scale_64(int64_t sum, int32_t multiplier, int32_t shift) {
    const uint64_t product = (uint64_t)sum * (uint64_t)(int64_t)multiplier;
    const int64_t rounded = (int64_t)(product + ((uint64_t)1 << ((shift - 1) & 63)));
    return (int32_t)(uint32_t)(uint64_t)(rounded >> shift);
}

#endif
