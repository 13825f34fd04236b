/* MAX_POOL_2D on 8-bit elements. The file that includes this defines MCU_KERNEL (its name) and MCU_ELEMENT. */
#include "max_pool_2d.h"

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_max_pool_2d_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t channels = mcu_extent(out, MCU_C);
    int32_t at[4];
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do { /* one output pixel: a run of channels */
        MCU_ELEMENT *to = (MCU_ELEMENT *)mcu_write(call, out, at);
        const int32_t y0 = at[MCU_H] * p->stride_h - p->pad_h;
        const int32_t x0 = at[MCU_W] * p->stride_w - p->pad_w;
        const int32_t y_lo = mcu_max(y0, 0), y_hi = mcu_min(y0 + p->filter_h, p->input_h);
        const int32_t x_lo = mcu_max(x0, 0), x_hi = mcu_min(x0 + p->filter_w, p->input_w);
        for (int32_t y = y_lo; y < y_hi; y++) {
            const mcu_view_t *in = mcu_holding(call, 0, MCU_H, y);
            if (!in) {
                return MCU_E_VIEW;
            }
            const int32_t from_at[4] = {at[MCU_N], y, x_lo, at[MCU_C]};
            const MCU_ELEMENT *from = (const MCU_ELEMENT *)mcu_read(call, in, from_at);
            for (int32_t x = x_lo; x < x_hi; x++) {
                for (int32_t c = 0; c < channels; c++) {
                    const MCU_ELEMENT v = from[c * mcu_stride(in, MCU_C)];
                    MCU_ELEMENT *best = &to[c * mcu_stride(out, MCU_C)];
                    *best = (y == y_lo && x == x_lo) || v > *best ? v : *best;
                }
                from += mcu_stride(in, MCU_W);
            }
        }
        for (int32_t c = 0; c < channels; c++) {
            MCU_ELEMENT *best = &to[c * mcu_stride(out, MCU_C)];
            *best = (MCU_ELEMENT)mcu_clamp(*best, p->act_min, p->act_max);
        }
    } while (mcu_next_run(out, at));
    return MCU_OK;
}
