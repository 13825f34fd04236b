/* Moving elements of 1, 2, 4 or 8 bytes between strided runs. */
#ifndef MCU_ELEMENTS_H
#define MCU_ELEMENTS_H

#include "mcu_lab.h"

/* count elements; strides in bytes. The runs must not overlap. */
static inline void mcu_copy_run(uint8_t *to, int32_t to_stride, const uint8_t *from, int32_t from_stride, int32_t count,
                                int32_t element_bytes) {
    if (to_stride == element_bytes && from_stride == element_bytes) {
        memcpy(to, from, (size_t)count * (size_t)element_bytes);
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        for (int32_t b = 0; b < element_bytes; b++) {
            to[i * to_stride + b] = from[i * from_stride + b];
        }
    }
}

#endif
