/* Indices that are elements of a tensor. */
#ifndef MCU_INDEX_H
#define MCU_INDEX_H

#include "mcu_lab.h"

/* The index at c, of so many bytes; the nearest of 0 <= index < length. */
static inline int32_t mcu_index_at(const mcu_call_t *call, const mcu_view_t *view, const int32_t *c, int32_t bytes,
                                   int32_t length) {
    const void *from = mcu_read(call, view, c);
    int64_t index;
    if (bytes == 2) {
        index = *(const int16_t *)from;
    } else if (bytes == 4) {
        index = *(const int32_t *)from;
    } else {
        index = *(const int64_t *)from;
    }
    return index < 0 ? 0 : index < length ? (int32_t)index : length - 1;
}

#endif
