/* The quotient of two floats in double precision, rounded down. */
#ifndef MCU_FLOOR_QUOTIENT_H
#define MCU_FLOOR_QUOTIENT_H

#include "mcu_elementary.h"

static inline float mcu_floor_quotient(float x, float y) {
    const double quotient = (double)x / (double)y;
    /* From 2^53 on all doubles are whole; what is not a number goes the same way. */
    if (!(quotient > -9007199254740992.0 && quotient < 9007199254740992.0)) {
        return quotient != quotient ? (float)quotient : mcu_rounded(quotient);
    }
    const double whole = (double)(int64_t)quotient;
    if (whole == 0.0 && quotient >= 0.0) {
        return (float)(quotient * 0.0); /* with its sign */
    }
    return (float)(whole > quotient ? whole - 1.0 : whole);
}

#endif
