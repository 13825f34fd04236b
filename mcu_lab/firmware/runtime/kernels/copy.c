#include "mcu_elements.h"
#include "mcu_pieces.h"

/* Copy: the same box of the same tensor, from input 0 to output 0, between memories that the core can reach. */
int32_t mcu_copy(const mcu_call_t *call);
int32_t mcu_copy(const mcu_call_t *call) {
    const mcu_view_t *from = mcu_in(call, 0);
    const mcu_view_t *to = mcu_out(call, 0);
    const int32_t bytes = call->args->element_bytes;
    const int32_t last = (int32_t)to->rank - 1;
    const int32_t joined = mcu_pieces(from, to, bytes);
    const int32_t to_step = joined < last ? bytes : mcu_stride(to, last);
    const int32_t from_step = joined < last ? bytes : mcu_stride(from, last);
    int32_t at[MCU_MAX_RANK];
    int32_t elements;
    if (!mcu_first_run(to, at)) {
        return MCU_OK;
    }
    do {
        elements = mcu_piece(from, to, joined, at);
        mcu_copy_run(mcu_write(call, to, at), to_step, mcu_read(call, from, at), from_step, elements, bytes);
    } while (mcu_next_piece(to, joined, elements, at));
    return MCU_OK;
}
