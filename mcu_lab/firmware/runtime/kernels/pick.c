#include "pick.h"

#include "mcu_elements.h"
#include "mcu_index.h"

/* GATHER: output axes are those of the data before `axis`, those of the indices behind `batches`, and the data's rest. */
int32_t mcu_pick(const mcu_call_t *call);
int32_t mcu_pick(const mcu_call_t *call) {
    const mcu_pick_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t rank = out->rank;
    const int32_t own = p->index_rank - p->batches;
    int32_t at[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do {
        const int32_t *c = &at[rank - p->out_rank];
        int32_t from[MCU_MAX_RANK] = {0};
        int32_t named[MCU_MAX_RANK] = {0};
        for (int32_t i = 0; i < p->index_rank; i++) {
            named[rank - p->index_rank + i] = c[i < p->batches ? i : p->axis + i - p->batches];
        }
        const mcu_view_t *indices = mcu_holding_all(call, 1, named);
        if (!indices) {
            return MCU_E_VIEW;
        }
        for (int32_t i = 0; i < p->data_rank; i++) {
            from[rank - p->data_rank + i] = i == p->axis
                                                ? mcu_index_at(call, indices, named, p->index_bytes, p->length)
                                                : c[i < p->axis ? i : i + own - 1];
        }
        const mcu_view_t *in = mcu_holding_all(call, 0, from);
        if (!in) {
            return MCU_E_VIEW;
        }
        /* Along the data's last axis it goes straight on, unless that is the one that is gathered. */
        count = p->axis == p->data_rank - 1 ? 1 : mcu_min(mcu_straight(out, at), mcu_straight(in, from));
        mcu_copy_run(mcu_write(call, out, at), mcu_stride(out, rank - 1), mcu_read(call, in, from),
                     mcu_stride(in, rank - 1), count, call->args->element_bytes);
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
