/* MEAN. The file that includes this defines MCU_KERNEL (its name), MCU_ELEMENT, MCU_SUM and MCU_FINISH(params, sum). */
#include "mean.h"

/* Moves c to the next coordinate of the reduced axes in row-major order; 0 behind the last one. */
static int32_t next_reduced(const mcu_mean_params_t *p, int32_t *c) {
    for (int32_t axis = p->rank - 1; axis >= 0; axis--) {
        if (p->kept[axis] >= 0) {
            continue;
        }
        if (++c[axis] < p->shape[axis]) {
            return 1;
        }
        c[axis] = 0;
    }
    return 0;
}

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_mean_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t last = p->rank - 1;
    int32_t at[MCU_MAX_RANK];
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do {
        uint8_t *to = mcu_write(call, out, at);
        for (int32_t i = 0; i < mcu_extent(out, last); i++) {
            int32_t from[MCU_MAX_RANK];
            MCU_SUM sum = 0;
            for (int32_t axis = 0; axis < p->rank; axis++) {
                const int32_t kept = p->kept[axis];
                from[axis] = kept < 0 ? 0 : kept == last ? at[last] + i : at[kept];
            }
            do {
                const mcu_view_t *in = mcu_holding_all(call, 0, from);
                if (!in) {
                    return MCU_E_VIEW;
                }
                sum += *(const MCU_ELEMENT *)(const void *)mcu_read(call, in, from);
            } while (next_reduced(p, from));
            *(MCU_ELEMENT *)(void *)(to + i * mcu_stride(out, last)) = MCU_FINISH(p, sum);
        }
    } while (mcu_next_run(out, at));
    return MCU_OK;
}
