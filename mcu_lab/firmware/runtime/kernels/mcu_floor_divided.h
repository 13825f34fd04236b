/* Division of whole numbers rounded down, and what it leaves; by 0 both are 0. */
#ifndef MCU_FLOOR_DIVIDED_H
#define MCU_FLOOR_DIVIDED_H

#include "mcu_lab.h"

static inline int32_t mcu_floor_rest(int32_t x, int32_t y) {
    if (y == 0 || y == -1) { /* INT32_MIN / -1 does not exist */
        return 0;
    }
    const int32_t rest = x % y;
    return rest != 0 && (y < 0) != (rest < 0) ? rest + y : rest;
}

/* Wraps where there is no such number. */
static inline int32_t mcu_floor_divided(int32_t x, int32_t y) {
    if (y == 0 || y == -1) {
        return y == 0 ? 0 : (int32_t)(0u - (uint32_t)x);
    }
    const int32_t whole = x / y;
    return x % y != 0 && (x < 0) != (y < 0) ? whole - 1 : whole;
}

#endif
