#include "pick_nd.h"

#include "mcu_elements.h"
#include "mcu_index.h"

/* GATHER_ND: output axes are those of the indices but the last, and the data's behind the first `depth`. */
int32_t mcu_pick_nd(const mcu_call_t *call);
int32_t mcu_pick_nd(const mcu_call_t *call) {
    const mcu_pick_nd_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t rank = out->rank;
    const int32_t own = p->index_rank - 1;
    const int32_t out_rank = own + p->data_rank - p->depth;
    int32_t at[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do {
        const int32_t *c = &at[rank - out_rank];
        int32_t from[MCU_MAX_RANK] = {0};
        int32_t named[MCU_MAX_RANK] = {0};
        for (int32_t i = 0; i < own; i++) {
            named[rank - p->index_rank + i] = c[i];
        }
        for (int32_t i = 0; i < p->data_rank; i++) {
            int32_t *place = &from[rank - p->data_rank + i];
            if (i >= p->depth) {
                *place = c[own + i - p->depth];
                continue;
            }
            named[rank - 1] = i;
            const mcu_view_t *indices = mcu_holding_all(call, 1, named);
            if (!indices) {
                return MCU_E_VIEW;
            }
            *place = mcu_index_at(call, indices, named, p->index_bytes, p->lengths[i]);
        }
        const mcu_view_t *in = mcu_holding_all(call, 0, from);
        if (!in) {
            return MCU_E_VIEW;
        }
        count = p->depth == p->data_rank ? 1 : mcu_min(mcu_straight(out, at), mcu_straight(in, from));
        mcu_copy_run(mcu_write(call, out, at), mcu_stride(out, rank - 1), mcu_read(call, in, from),
                     mcu_stride(in, rank - 1), count, call->args->element_bytes);
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
