#include "mcu_copy_box.h"

/* Copy: the same box of the same tensor, from input 0 to output 0, between memories that the core can reach. */
int32_t mcu_copy(const mcu_call_t *call);
int32_t mcu_copy(const mcu_call_t *call) {
    const mcu_view_t *from = mcu_in(call, 0);
    const mcu_view_t *to = mcu_out(call, 0);
    mcu_copy_box(call->memory[to->memory].write, to, call->memory[from->memory].read, from, call->args->element_bytes);
    return MCU_OK;
}
