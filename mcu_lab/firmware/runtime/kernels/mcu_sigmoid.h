/* LOGISTIC and TANH of int16, as in mcu_lab/numerics/sigmoid16.py. */
#ifndef MCU_SIGMOID_H
#define MCU_SIGMOID_H

#include "mcu_lab.h"

/* table: 256 values of the logistic function; multiplier and shift bring inputs to their scale. */
typedef struct mcu_sigmoid_params {
    const uint16_t *table;
    int32_t multiplier, shift;
} mcu_sigmoid_params_t;

static inline int32_t mcu_sigmoid_scaled(const mcu_sigmoid_params_t *p, int32_t x) {
    return (x * p->multiplier + (int32_t)((1u << p->shift) >> 1)) >> p->shift;
}

/* Between two entries of the table, which are 2^bits apart; `most` from the last on. */
static inline int32_t mcu_sigmoid_on_line(const mcu_sigmoid_params_t *p, int32_t x, int32_t bits, int32_t most) {
    const uint32_t size = x < 0 ? 0u - (uint32_t)x : (uint32_t)x;
    const uint32_t index = size >> bits;
    if (index >= 255u) {
        return most;
    }
    const uint32_t first = p->table[index];
    return (int32_t)((first << bits) + (size & ((1u << bits) - 1u)) * (p->table[index + 1u] - first));
}

static inline int16_t mcu_sigmoid_logistic(const mcu_sigmoid_params_t *p, int32_t x) {
    const int32_t scaled = mcu_sigmoid_scaled(p, x);
    const int32_t result = mcu_sigmoid_on_line(p, scaled, 9, 0x7FFF << 10);
    return (int16_t)((scaled >= 0 ? result + (1 << 9) : (1 << 25) - result + (1 << 9) - 1) >> 10);
}

static inline int16_t mcu_sigmoid_tanh(const mcu_sigmoid_params_t *p, int32_t x) {
    const int32_t scaled = mcu_sigmoid_scaled(p, x);
    const int32_t result = mcu_sigmoid_on_line(p, scaled, 8, 0xFFFF << 8) - (1 << 23);
    return (int16_t)((scaled >= 0 ? result + (1 << 7) : -result + (1 << 7) - 1) >> 8);
}

#endif
