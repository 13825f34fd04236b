#include "select.h"

#include "mcu_elements.h"

/* The condition for a run from `at` on. */
static mcu_operand_t condition_of(const mcu_call_t *call, const int32_t *at, int32_t rank) {
    const mcu_select_params_t *p = call->args->params;
    if (p->first < 0) {
        return mcu_operand(call, 0, p->broadcast[0], at, rank);
    }
    int32_t from[MCU_MAX_RANK] = {0};
    from[rank - 1] = at[p->first];
    mcu_operand_t run = mcu_operand(call, 0, 0, from, rank);
    if (p->first < rank - 1) { /* one for all of the run */
        run.step = 0;
        run.count = INT32_MAX;
    }
    return run;
}

/* SELECT and SELECT_V2. Each element is written after its operands were read. */
int32_t mcu_select(const mcu_call_t *call);
int32_t mcu_select(const mcu_call_t *call) {
    const mcu_select_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t last = (int32_t)out->rank - 1;
    const int32_t bytes = call->args->element_bytes;
    int32_t at[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do {
        const mcu_operand_t condition = condition_of(call, at, out->rank);
        const mcu_operand_t x = mcu_operand(call, 1, p->broadcast[1], at, out->rank);
        const mcu_operand_t y = mcu_operand(call, 2, p->broadcast[2], at, out->rank);
        if (!condition.at || !x.at || !y.at) {
            return MCU_E_VIEW;
        }
        uint8_t *to = mcu_write(call, out, at);
        count = mcu_min(mcu_min(mcu_straight(out, at), condition.count), mcu_min(x.count, y.count));
        for (int32_t i = 0; i < count; i++) {
            const uint8_t *from = condition.at[i * condition.step] ? x.at + i * x.step : y.at + i * y.step;
            for (int32_t b = 0; b < bytes; b++) {
                to[i * mcu_stride(out, last) + b] = from[b];
            }
        }
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
