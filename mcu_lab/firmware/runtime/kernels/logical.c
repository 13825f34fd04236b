#include "logical.h"

/* LOGICAL_AND and LOGICAL_OR. Each element is written after its operands were read. */
int32_t mcu_logical(const mcu_call_t *call);
int32_t mcu_logical(const mcu_call_t *call) {
    const mcu_logical_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t last = (int32_t)out->rank - 1;
    int32_t at[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do {
        const mcu_operand_t a = mcu_operand(call, 0, p->a_broadcast, at, out->rank);
        const mcu_operand_t b = mcu_operand(call, 1, p->b_broadcast, at, out->rank);
        if (!a.at || !b.at) {
            return MCU_E_VIEW;
        }
        uint8_t *to = mcu_write(call, out, at);
        count = mcu_min(mcu_straight(out, at), mcu_min(a.count, b.count));
        for (int32_t i = 0; i < count; i++) {
            const int32_t true_ones = (a.at[i * a.step] != 0) + (b.at[i * b.step] != 0);
            to[i * mcu_stride(out, last)] = (uint8_t)((p->true_of >> true_ones) & 1);
        }
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
