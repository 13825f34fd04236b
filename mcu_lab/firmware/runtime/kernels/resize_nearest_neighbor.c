#include "resize_nearest_neighbor.h"

#include "mcu_elements.h"

int32_t mcu_resize_nearest_neighbor(const mcu_call_t *call);
int32_t mcu_resize_nearest_neighbor(const mcu_call_t *call) {
    const mcu_resize_nearest_neighbor_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    int32_t at[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do { /* one pixel, or a run of its channels */
        const int32_t from[4] = {at[MCU_N], p->rows[at[MCU_H]], p->columns[at[MCU_W]], at[MCU_C]};
        const mcu_view_t *in = mcu_holding_all(call, 0, from);
        if (!in) {
            return MCU_E_VIEW;
        }
        count = mcu_min(mcu_straight(in, from), mcu_straight(out, at));
        mcu_copy_run(mcu_write(call, out, at), mcu_stride(out, MCU_C), mcu_read(call, in, from), mcu_stride(in, MCU_C),
                     count, call->args->element_bytes);
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
