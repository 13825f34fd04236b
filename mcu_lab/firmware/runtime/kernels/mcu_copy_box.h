/* Copying a box of elements between two Views. */
#ifndef MCU_COPY_BOX_H
#define MCU_COPY_BOX_H

#include "mcu_elements.h"
#include "mcu_pieces.h"

/* All elements of the box that both Views have, which must not share bytes; bases are those of their memories. */
static inline void mcu_copy_box(uint8_t *to_base, const mcu_view_t *to, const uint8_t *from_base, const mcu_view_t *from,
                                int32_t element_bytes) {
    const int32_t last = (int32_t)to->rank - 1;
    const int32_t joined = mcu_pieces(from, to, element_bytes);
    const int32_t to_step = joined < last ? element_bytes : mcu_stride(to, last);
    const int32_t from_step = joined < last ? element_bytes : mcu_stride(from, last);
    int32_t at[MCU_MAX_RANK];
    int32_t elements;
    if (!mcu_first_run(to, at)) {
        return;
    }
    do {
        elements = mcu_piece(from, to, joined, at);
        mcu_copy_run(to_base + mcu_offset(to, at), to_step, from_base + mcu_offset(from, at), from_step, elements,
                     element_bytes);
    } while (mcu_next_piece(to, joined, elements, at));
}

#endif
