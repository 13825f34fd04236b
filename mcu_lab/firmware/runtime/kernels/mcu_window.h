/* The input rows under one row of sliding windows, found once for a whole output row. */
#ifndef MCU_WINDOW_H
#define MCU_WINDOW_H

#include "mcu_lab.h"

/* Windows with more rows than this are refused before export. */
enum { MCU_WINDOW_ROWS = 32 };

/* Coordinates lo <= x < hi of one axis, or taps lo <= k < hi of a window. */
typedef struct mcu_range {
    int32_t lo, hi;
} mcu_range_t;

/* c_params of every operator with windows. Rows and columns outside of inside_h and inside_w are padding, in coordinates
 * of the input tensor; pad is what lies above and to the left of coordinate 0. */
typedef struct mcu_window {
    mcu_range_t inside_h, inside_w;
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

/* What a window reads of one row: its first tap at `at`, the next one `step` bytes further. */
typedef struct mcu_line {
    const uint8_t *at;
    int32_t step;
} mcu_line_t;

/* The taps that lie inside, of a window that starts at `start` (which may be negative). */
static inline mcu_range_t mcu_taps(int32_t start, int32_t dilation, int32_t taps, mcu_range_t inside) {
    mcu_range_t found = {0, taps};
    while (found.lo < taps && start + found.lo * dilation < inside.lo) {
        found.lo++;
    }
    while (found.hi > found.lo && start + (found.hi - 1) * dilation >= inside.hi) {
        found.hi--;
    }
    return found;
}

/* Byte offset in its memory of an element of an image, of which only rows may lie in a ring; modulo 2^32. */
static inline int32_t mcu_image_offset(const mcu_view_t *view, int32_t n, int32_t y, int32_t x, int32_t c) {
    const mcu_axis_t *axes = view->axes;
    const int32_t row = view->ring_axis == MCU_H ? (y + view->ring_phase) % view->ring_rows : y;
    return (int32_t)((uint32_t)view->offset + (uint32_t)n * (uint32_t)axes[MCU_N].stride +
                     (uint32_t)row * (uint32_t)axes[MCU_H].stride + (uint32_t)x * (uint32_t)axes[MCU_W].stride +
                     (uint32_t)c * (uint32_t)axes[MCU_C].stride);
}

/* The first element that a View has of row y. */
static inline uint8_t *mcu_out_row(const mcu_call_t *call, const mcu_view_t *view, int32_t n, int32_t y) {
    return call->memory[view->memory].write +
           mcu_image_offset(view, n, y, view->axes[MCU_W].lo, view->axes[MCU_C].lo);
}

/* rows[k] becomes the row of tap k at batch n and channel c for output row y, for the taps `down` inside the input. */
static inline int32_t mcu_window_rows(const mcu_call_t *call, const mcu_window_t *w, mcu_range_t inside, int32_t n,
                                      int32_t y, int32_t c, mcu_row_t *rows, mcu_range_t *down) {
    const int32_t start = y * w->stride_h - w->pad_h;
    if (!mcu_in(call, 0)) { /* the windows of the whole box see nothing but padding */
        down->lo = down->hi = 0;
        return MCU_OK;
    }
    *down = mcu_taps(start, w->dilation_h, w->filter_h, inside);
    for (int32_t k = down->lo; k < down->hi; k++) {
        const int32_t row = start + k * w->dilation_h;
        const mcu_view_t *view = mcu_holding(call, 0, MCU_H, row);
        if (!view) {
            return MCU_E_VIEW;
        }
        rows[k].first = view->axes[MCU_W].lo;
        rows[k].step_w = mcu_stride(view, MCU_W);
        rows[k].step_c = mcu_stride(view, MCU_C);
        rows[k].at = call->memory[view->memory].read + mcu_image_offset(view, n, row, rows[k].first, c);
    }
    return MCU_OK;
}

/* The lines of the rows `down` under the window at output column x; returns the taps of each that lie inside. */
static inline mcu_range_t mcu_window_lines(const mcu_window_t *w, const mcu_row_t *rows, mcu_range_t down, int32_t x,
                                           mcu_line_t *lines) {
    const int32_t start = x * w->stride_w - w->pad_w;
    const mcu_range_t across = mcu_taps(start, w->dilation_w, w->filter_w, w->inside_w);
    const int32_t column = start + across.lo * w->dilation_w;
    for (int32_t i = down.lo; i < down.hi && across.lo < across.hi; i++) {
        lines[i].at = rows[i].at + (column - rows[i].first) * rows[i].step_w;
        lines[i].step = w->dilation_w * rows[i].step_w;
    }
    return across;
}

#endif
