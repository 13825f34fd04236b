/* Places between pixels in integers, with 10 bits behind the point. */
#ifndef MCU_BILINEAR_INT_H
#define MCU_BILINEAR_INT_H

#include "resize_bilinear.h"

#define MCU_BILINEAR_ONE 1024

/* The coordinates before and behind a place; returns how far it lies behind the former. */
static inline int32_t mcu_place_int(int32_t at, int32_t scale, int32_t offset, int32_t length, int32_t *lower,
                                    int32_t *upper) {
    const int32_t place = at * scale + offset;
    *lower = mcu_max(place / MCU_BILINEAR_ONE, 0);
    *upper = mcu_min((place + MCU_BILINEAR_ONE - 1) / MCU_BILINEAR_ONE, length - 1);
    return place - *lower * MCU_BILINEAR_ONE;
}

#define MCU_PLACE_ROW(p, y, lower, upper) mcu_place_int(y, (p)->row_scale, (p)->row_offset, (p)->rows, lower, upper)
#define MCU_PLACE_COLUMN(p, x, lower, upper)                                                                           \
    mcu_place_int(x, (p)->column_scale, (p)->column_offset, (p)->columns, lower, upper)

#endif
