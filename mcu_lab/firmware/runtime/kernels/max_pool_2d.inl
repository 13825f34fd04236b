/* MAX_POOL_2D. The file that includes this defines MCU_KERNEL (its name), MCU_ELEMENT, MCU_LOWEST (the
 * lowest element, to which what is no number loses) and MCU_CLAMP(params, value). */
#include "max_pool_2d.h"

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_max_pool_2d_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t channels = mcu_extent(out, MCU_C);
    mcu_row_t rows[MCU_WINDOW_ROWS];
    mcu_range_t down = {0, 0};
    int32_t at[4];
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do { /* one pixel: a run of channels */
        if (at[MCU_W] == out->axes[MCU_W].lo) {
            const int32_t code = mcu_window_rows(call, &p->window, p->window.inside_h, at[MCU_N], at[MCU_H], at[MCU_C],
                                                 rows, &down);
            if (code != MCU_OK) {
                return code;
            }
        }
        const int32_t start = at[MCU_W] * p->window.stride_w - p->window.pad_w;
        const mcu_range_t across = mcu_taps(start, 1, p->window.filter_w, p->window.inside_w);
        uint8_t *to = mcu_write(call, out, at);
        for (int32_t c = 0; c < channels; c++) {
            const int32_t left = start + across.lo;
            MCU_ELEMENT best = MCU_LOWEST;
            for (int32_t i = down.lo; i < down.hi; i++) {
                const uint8_t *pixel = rows[i].at + (left - rows[i].first) * rows[i].step_w + c * rows[i].step_c;
                for (int32_t j = 0; j < across.hi - across.lo; j++) {
                    const MCU_ELEMENT v = *(const MCU_ELEMENT *)(const void *)(pixel + j * rows[i].step_w);
                    best = v > best ? v : best;
                }
            }
            *(MCU_ELEMENT *)(void *)(to + c * mcu_stride(out, MCU_C)) = MCU_CLAMP(p, best);
        }
    } while (mcu_next_run(out, at));
    return MCU_OK;
}
