/* Means of integers. */
#ifndef MCU_MEAN_H
#define MCU_MEAN_H

#include "mcu_lab.h"

/* sum / count rounded to nearest, ties away from zero. */
static inline int32_t mcu_rounded_mean(int32_t sum, int32_t count) {
    return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

#endif
