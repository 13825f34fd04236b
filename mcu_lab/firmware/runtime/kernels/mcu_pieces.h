/* A box in two Views, in pieces that are runs in both: what a Copy moves at a time. */
#ifndef MCU_PIECES_H
#define MCU_PIECES_H

#include "mcu_lab.h"

/* The axis from which on pieces run: the first from which on both Views are one run of bytes, else the last one. */
static inline int32_t mcu_pieces(const mcu_view_t *from, const mcu_view_t *to, int32_t element_bytes) {
    const int32_t joined = mcu_max(mcu_joined(from, element_bytes), mcu_joined(to, element_bytes));
    return mcu_min(joined, (int32_t)to->rank - 1);
}

/* Elements of the piece at c. */
static inline int32_t mcu_piece(const mcu_view_t *from, const mcu_view_t *to, int32_t joined, const int32_t *c) {
    return joined < (int32_t)to->rank - 1 ? mcu_joined_elements(to, joined)
                                          : mcu_min(mcu_straight(from, c), mcu_straight(to, c));
}

/* Moves c behind a piece of so many elements; 0 behind the last one. */
static inline int32_t mcu_next_piece(const mcu_view_t *to, int32_t joined, int32_t elements, int32_t *c) {
    const int32_t last = (int32_t)to->rank - 1;
    if (joined == last) {
        c[last] += elements;
        if (c[last] < to->axes[last].hi) {
            return 1;
        }
        c[last] = to->axes[last].lo;
    }
    return mcu_next_joined(to, joined, c);
}

#endif
