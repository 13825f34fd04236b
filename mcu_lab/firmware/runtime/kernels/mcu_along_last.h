/* Vectors along the last axis, of which the input is read whole whatever part of the output is written. */
#ifndef MCU_ALONG_LAST_H
#define MCU_ALONG_LAST_H

#include "mcu_lab.h"

/* A vector of the input: address of its first element, step in bytes, elements; at is NULL when no View holds it. */
typedef struct mcu_vector {
    const uint8_t *at;
    int32_t step, depth;
} mcu_vector_t;

/* The vector of input 0 on which the output's element `at` lies. */
static inline mcu_vector_t mcu_vector(const mcu_call_t *call, const mcu_view_t *out, const int32_t *at) {
    mcu_vector_t vector = {NULL, 0, 0};
    const int32_t last = (int32_t)out->rank - 1;
    int32_t from[MCU_MAX_RANK];
    memcpy(from, at, sizeof from);
    from[last] = 0;
    const mcu_view_t *in = mcu_holding_all(call, 0, from);
    if (in) {
        vector.at = mcu_read(call, in, from);
        vector.step = mcu_stride(in, last);
        vector.depth = mcu_extent(in, last);
    }
    return vector;
}

#endif
