/* AVERAGE_POOL_2D. The file that includes this defines MCU_KERNEL (its name), MCU_ELEMENT, MCU_SUM and
 * MCU_MEAN(params, sum, count), the clamped mean of `count` elements. */
#include "average_pool_2d.h"

/* Channels whose sums are kept at a time. */
enum { BLOCK = 16 };

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_average_pool_2d_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t channels = mcu_extent(out, MCU_C);
    mcu_row_t rows[MCU_WINDOW_ROWS];
    mcu_taps_t down = {0, 0};
    int32_t at[4];
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do { /* one pixel: a run of channels */
        if (at[MCU_W] == out->axes[MCU_W].lo) {
            const int32_t code = mcu_window_rows(call, &p->window, at[MCU_N], at[MCU_H], at[MCU_C], rows, &down);
            if (code != MCU_OK) {
                return code;
            }
        }
        const int32_t start = at[MCU_W] * p->window.stride_w - p->window.pad_w;
        const mcu_taps_t across = mcu_taps(start, 1, p->window.filter_w, p->window.input_w);
        const int32_t count = (down.hi - down.lo) * (across.hi - across.lo);
        for (int32_t c = 0; c < channels; c += BLOCK) {
            const int32_t n = mcu_min(BLOCK, channels - c);
            MCU_SUM sums[BLOCK] = {0};
            for (int32_t i = down.lo; i < down.hi; i++) {
                for (int32_t j = across.lo; j < across.hi; j++) {
                    const uint8_t *pixel = rows[i].at + (start + j - rows[i].first) * rows[i].step_w + c * rows[i].step_c;
                    for (int32_t k = 0; k < n; k++) {
                        sums[k] += *(const MCU_ELEMENT *)(const void *)(pixel + k * rows[i].step_c);
                    }
                }
            }
            for (int32_t k = 0; k < n; k++) {
                MCU_ELEMENT *to = (void *)(mcu_write(call, out, at) + (c + k) * mcu_stride(out, MCU_C));
                *to = MCU_MEAN(p, sums[k], count);
            }
        }
    } while (mcu_next_run(out, at));
    return MCU_OK;
}
