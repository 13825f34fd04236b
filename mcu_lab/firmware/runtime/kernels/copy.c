#include "mcu_elements.h"

/* Copy: the same box of the same tensor, from input 0 to output 0, between memories that the core can reach. */
int32_t mcu_copy(const mcu_call_t *call);
int32_t mcu_copy(const mcu_call_t *call) {
    const mcu_view_t *from = mcu_in(call, 0);
    const mcu_view_t *to = mcu_out(call, 0);
    const int32_t last = (int32_t)to->rank - 1;
    int32_t at[MCU_MAX_RANK];
    if (!mcu_first_run(to, at)) {
        return MCU_OK;
    }
    do {
        mcu_copy_run(mcu_write(call, to, at), mcu_stride(to, last), mcu_read(call, from, at), mcu_stride(from, last),
                     mcu_extent(to, last), call->args->element_bytes);
    } while (mcu_next_run(to, at));
    return MCU_OK;
}
