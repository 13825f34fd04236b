/* Places between pixels in float32. */
#ifndef MCU_BILINEAR_FLOAT_H
#define MCU_BILINEAR_FLOAT_H

#include "resize_bilinear.h"

#define MCU_BILINEAR_ONE 1

/* The coordinates before and behind a place; returns how far it lies behind the former. */
static inline float mcu_place_float(int32_t at, float scale, int32_t half, int32_t length, int32_t *lower,
                                    int32_t *upper) {
    const float place = half ? ((float)at + 0.5f) * scale - 0.5f : (float)at * scale;
    const int32_t whole = (int32_t)place; /* towards zero; a place lies above -1 */
    *lower = whole;
    *upper = mcu_min((float)whole < place ? whole + 1 : whole, length - 1);
    return place - (float)whole;
}

#define MCU_PLACE_ROW(p, y, lower, upper) mcu_place_float(y, (p)->row_real_scale, (p)->half, (p)->rows, lower, upper)
#define MCU_PLACE_COLUMN(p, x, lower, upper)                                                                           \
    mcu_place_float(x, (p)->column_real_scale, (p)->half, (p)->columns, lower, upper)

#endif
