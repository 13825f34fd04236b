/* AVERAGE_POOL_2D. The file that includes this defines MCU_KERNEL (its name), MCU_ELEMENT, MCU_SUM and
 * MCU_MEAN(params, sum, count), the clamped mean of `count` elements. */
#include "average_pool_2d.h"

/* Channels whose sums are kept at a time. */
enum { BLOCK = 16 };

/* Adds the taps `across` of the rows `down` of a window with its left edge at column `start`; n channels from c on. */
static void add_window(const mcu_row_t *rows, mcu_range_t down, mcu_range_t across, int32_t start, int32_t c, int32_t n,
                       MCU_SUM *sums) {
    for (int32_t i = down.lo; i < down.hi; i++) {
        const mcu_row_t row = rows[i];
        const uint8_t *pixel = row.at + (start + across.lo - row.first) * row.step_w + c * row.step_c;
        for (int32_t j = across.lo; j < across.hi; j++) {
            for (int32_t k = 0; k < n; k++) {
                sums[k] += *(const MCU_ELEMENT *)(const void *)(pixel + k * row.step_c);
            }
            pixel += j + 1 < across.hi ? row.step_w : 0;
        }
    }
}

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_average_pool_2d_params_t *p = call->args->params;
    const mcu_window_t *w = &p->window;
    const mcu_view_t *out = mcu_out(call, 0);
    const mcu_view_t *kept = call->args->sums;
    const mcu_view_t *box = kept ? kept : out;
    const int32_t fresh = !kept || (call->args->flags & MCU_FIRST);
    const int32_t channels = mcu_extent(box, MCU_C);
    mcu_range_t inside = w->inside_h;
    if (kept) {
        inside.lo = call->args->reduce_lo;
        inside.hi = call->args->reduce_hi;
    }
    mcu_row_t rows[MCU_WINDOW_ROWS];
    mcu_range_t down = {0, 0};
    int32_t at[4];
    if (!mcu_first_run(box, at)) {
        return MCU_OK;
    }
    do { /* one pixel: a run of channels */
        if (at[MCU_W] == box->axes[MCU_W].lo) {
            const int32_t code = mcu_window_rows(call, w, inside, at[MCU_N], at[MCU_H], at[MCU_C], rows, &down);
            if (code != MCU_OK) {
                return code;
            }
        }
        const mcu_range_t whole = mcu_taps(at[MCU_H] * w->stride_h - w->pad_h, 1, w->filter_h, w->inside_h);
        const int32_t start = at[MCU_W] * w->stride_w - w->pad_w;
        const mcu_range_t across = mcu_taps(start, 1, w->filter_w, w->inside_w);
        const int32_t count = (whole.hi - whole.lo) * (across.hi - across.lo);
        uint8_t *to = out ? mcu_write(call, out, at) : NULL;
        uint8_t *keep = kept ? mcu_write(call, kept, at) : NULL;
        for (int32_t c = 0; c < channels; c += BLOCK) {
            const int32_t n = mcu_min(BLOCK, channels - c);
            MCU_SUM sums[BLOCK] = {0};
            for (int32_t k = 0; k < n && !fresh; k++) {
                sums[k] = *(const MCU_SUM *)(const void *)(keep + (c + k) * mcu_stride(kept, MCU_C));
            }
            add_window(rows, down, across, start, c, n, sums);
            for (int32_t k = 0; k < n && kept; k++) {
                *(MCU_SUM *)(void *)(keep + (c + k) * mcu_stride(kept, MCU_C)) = sums[k];
            }
            for (int32_t k = 0; k < n && out; k++) {
                *(MCU_ELEMENT *)(void *)(to + (c + k) * mcu_stride(out, MCU_C)) = MCU_MEAN(p, sums[k], count);
            }
        }
    } while (mcu_next_run(box, at));
    return MCU_OK;
}
