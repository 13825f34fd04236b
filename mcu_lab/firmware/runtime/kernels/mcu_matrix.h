/* Tensors that are taken whole, as matrices: where an element lies, by its last two coordinates. */
#ifndef MCU_MATRIX_H
#define MCU_MATRIX_H

#include "mcu_lab.h"

typedef struct mcu_matrix {
    const uint8_t *at; /* of the element at coordinate 0 along all axes */
    int32_t along[3];  /* bytes from one element to the next along the last three axes */
} mcu_matrix_t;

static inline mcu_matrix_t mcu_matrix(const mcu_call_t *call, const mcu_view_t *view) {
    const int32_t last = (int32_t)view->rank - 1;
    const mcu_matrix_t found = {call->memory[view->memory].read + view->offset,
                                {mcu_stride(view, last - 2), mcu_stride(view, last - 1), mcu_stride(view, last)}};
    return found;
}

/* Where row r (of layer l) begins. */
static inline const uint8_t *mcu_row_of(const mcu_matrix_t *m, int32_t l, int32_t r) {
    return m->at + l * m->along[0] + r * m->along[1];
}

static inline int32_t mcu_int8_at(const uint8_t *at) { return *(const int8_t *)at; }
static inline int32_t mcu_int16_at(const uint8_t *at) { return *(const int16_t *)(const void *)at; }
static inline int32_t mcu_int32_at(const uint8_t *at) { return *(const int32_t *)(const void *)at; }
static inline float mcu_float_at(const uint8_t *at) { return *(const float *)(const void *)at; }

#endif
