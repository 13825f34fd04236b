/* The input rows under one row of sliding windows, found once for a whole output row. */
#ifndef MCU_WINDOW_H
#define MCU_WINDOW_H

#include "mcu_lab.h"

/* Windows with more rows than this are refused before export. */
enum { MCU_WINDOW_ROWS = 32 };

/* c_params of every operator with windows. Sizes are of the whole input tensor, in elements; pad is what lies above and
 * to the left. */
typedef struct mcu_window {
    int32_t input_h, input_w;
    int32_t filter_h, filter_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_h, pad_w;
} mcu_window_t;

/* One input row: the element at column x lies at `at` + (x - first) * step_w; steps in bytes. */
typedef struct mcu_row {
    const uint8_t *at;
    int32_t first, step_w, step_c;
} mcu_row_t;

/* The taps lo <= k < hi that lie inside the input. */
typedef struct mcu_taps {
    int32_t lo, hi;
} mcu_taps_t;

/* Taps of a window that starts at `start` (may be negative) on an axis of `length`. */
static inline mcu_taps_t mcu_taps(int32_t start, int32_t dilation, int32_t taps, int32_t length) {
    mcu_taps_t inside = {0, 0};
    while (inside.lo < taps && start + inside.lo * dilation < 0) {
        inside.lo++;
    }
    inside.hi = inside.lo;
    while (inside.hi < taps && start + inside.hi * dilation < length) {
        inside.hi++;
    }
    return inside;
}

/* rows[k] becomes the row of tap k at batch n and channel c for output row y, for the taps inside the input. */
static inline int32_t mcu_window_rows(const mcu_call_t *call, const mcu_window_t *w, int32_t n, int32_t y, int32_t c,
                                      mcu_row_t *rows, mcu_taps_t *taps) {
    const int32_t start = y * w->stride_h - w->pad_h;
    *taps = mcu_taps(start, w->dilation_h, w->filter_h, w->input_h);
    for (int32_t k = taps->lo; k < taps->hi; k++) {
        const int32_t row = start + k * w->dilation_h;
        const mcu_view_t *view = mcu_holding(call, 0, MCU_H, row);
        if (!view) {
            return MCU_E_VIEW;
        }
        const int32_t at[4] = {n, row, view->axes[MCU_W].lo, c};
        rows[k].at = mcu_read(call, view, at);
        rows[k].first = view->axes[MCU_W].lo;
        rows[k].step_w = mcu_stride(view, MCU_W);
        rows[k].step_c = mcu_stride(view, MCU_C);
    }
    return MCU_OK;
}

#endif
