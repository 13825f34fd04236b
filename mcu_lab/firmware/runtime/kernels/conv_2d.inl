/* CONV_2D. The file that includes this defines MCU_KERNEL (its name) and includes mcu_product_<dtype>.h. */
#include "conv_2d.h"

#define MCU_PARAMS mcu_conv_2d_params_t
#include "mcu_dot.inl"
#include "mcu_finish.inl"

/* Output channels whose sums are kept at a time: a multiple of 4. */
enum { ELEMENT = (int32_t)sizeof(MCU_ELEMENT), WEIGHT = (int32_t)sizeof(MCU_WEIGHT), BLOCK = 16 };

/* What holds for a whole step. Weights: strides in elements; `at` is the first tap of the first channel of the box. */
typedef struct job {
    const mcu_conv_2d_params_t *p;
    const MCU_WEIGHT *at;
    int32_t step_o, step_h, step_w, step_c;
    const uint8_t *bias; /* NULL: none; of channel `first`, the first of the box */
    int32_t bias_step, first, channels, depth;
    int32_t out_step, sum_step, fresh; /* steps in bytes from channel to channel */
} job_t;

/* What one output pixel reads: the taps `across` of the rows `down`. */
typedef struct pixel {
    const mcu_row_t *rows;
    mcu_range_t down, across;
    mcu_line_t lines[MCU_WINDOW_ROWS];
    int32_t joined; /* all that a window reads of a row lies side by side, as its weights do: one run */
} pixel_t;

static int32_t joined(const job_t *job, const mcu_row_t *rows, mcu_range_t down) {
    const int32_t one = job->p->window.filter_w == 1;
    int32_t all = job->step_c == 1 && (one || (job->p->window.dilation_w == 1 && job->step_w == job->depth));
    for (int32_t i = down.lo; i < down.hi; i++) {
        all = all && rows[i].step_c == ELEMENT && (one || rows[i].step_w == job->depth * ELEMENT);
    }
    return all;
}

/* Adds the pixel to the sums of `channels` (4 or 1) output channels, whose first tap is at `w`. */
static void convolve(const job_t *job, const pixel_t *pixel, const MCU_WEIGHT *w, int32_t channels, MCU_SUM *sums) {
    const int32_t taps = pixel->across.hi - pixel->across.lo;
    for (int32_t i = pixel->down.lo; i < pixel->down.hi && taps > 0; i++) {
        mcu_run_t x = {(const void *)pixel->lines[i].at, pixel->rows[i].step_c / ELEMENT};
        mcu_weights_t f = {w + i * job->step_h + pixel->across.lo * job->step_w, job->step_c};
        for (int32_t j = 0; j < taps; j++) {
            mcu_dot(job->p, x, f, job->step_o, job->depth, channels, sums);
            if (j + 1 < taps) {
                x.at += pixel->lines[i].step / ELEMENT;
                f.at += job->step_w;
            }
        }
    }
}

/* The same for four channels of a joined pixel. */
static inline void convolve_joined(const job_t *job, const pixel_t *pixel, const MCU_WEIGHT *w, MCU_SUM *sums) {
    const int32_t count = (pixel->across.hi - pixel->across.lo) * job->depth;
    w += pixel->across.lo * job->step_w + pixel->down.lo * job->step_h;
    for (int32_t i = pixel->down.lo; i < pixel->down.hi && count > 0; i++) {
        MCU_DENSE_4(job->p, (const MCU_ELEMENT *)(const void *)pixel->lines[i].at, w, job->step_o, count, sums);
        w += job->step_h;
    }
}

/* Channels lo <= c < hi of the box, all of one group; to and keep are where the pixel's output and its sums lie, NULL where
 * there are none. */
static void make_group(const job_t *job, const pixel_t *pixel, int32_t lo, int32_t hi, uint8_t *to, uint8_t *keep) {
    for (int32_t c = lo; c < hi; c += BLOCK) {
        const int32_t n = mcu_min(BLOCK, hi - c);
        MCU_SUM part[BLOCK] = {0};
        for (int32_t i = 0; i < n && !job->fresh; i++) {
            part[i] = *(const MCU_KEPT *)(const void *)(keep + (c + i) * job->sum_step);
        }
        for (int32_t i = 0; i < n; i += i + 4 <= n ? 4 : 1) {
            const MCU_WEIGHT *w = job->at + (c + i) * job->step_o;
            if (pixel->joined && i + 4 <= n) {
                convolve_joined(job, pixel, w, &part[i]);
            } else {
                convolve(job, pixel, w, i + 4 <= n ? 4 : 1, &part[i]);
            }
        }
        for (int32_t i = 0; i < n && keep; i++) {
            *(MCU_KEPT *)(void *)(keep + (c + i) * job->sum_step) = (MCU_KEPT)part[i];
        }
        if (to) {
            mcu_finish(job->p, part, n, job->first + c, job->bias ? job->bias + c * job->bias_step : NULL,
                       job->bias_step, to + c * job->out_step, job->out_step);
        }
    }
}

/* All channels of a pixel; moves its lines on to the last group. */
static void make_pixel(const job_t *job, pixel_t *pixel, uint8_t *to, uint8_t *keep) {
    const int32_t group = job->p->group_c;
    int32_t lo = 0;
    for (int32_t hi = group - job->first % group; hi < job->channels; hi += group) {
        make_group(job, pixel, lo, hi, to, keep);
        lo = hi;
        for (int32_t i = pixel->down.lo; i < pixel->down.hi && pixel->across.lo < pixel->across.hi; i++) {
            pixel->lines[i].at += job->depth * pixel->rows[i].step_c;
        }
    }
    make_group(job, pixel, lo, job->channels, to, keep);
}

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_conv_2d_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const mcu_view_t *sums = call->args->sums;
    const mcu_view_t *box = sums ? sums : out;
    const mcu_view_t *filter = mcu_in(call, 1);
    const mcu_view_t *bias = mcu_in(call, 2);
    const int32_t depth_lo = sums ? call->args->reduce_lo : 0;
    const int32_t first = box->axes[MCU_C].lo;
    const int32_t filter_at[4] = {first, 0, 0, depth_lo};
    const int32_t input_first = first / p->group_c * p->input_c + depth_lo;
    const int32_t bias_at[4] = {0, 0, 0, first};
    const job_t job = {
        .p = p,
        .at = (const void *)mcu_read(call, filter, filter_at),
        .step_o = mcu_stride(filter, 0) / WEIGHT,
        .step_h = mcu_stride(filter, 1) / WEIGHT,
        .step_w = mcu_stride(filter, 2) / WEIGHT,
        .step_c = mcu_stride(filter, 3) / WEIGHT,
        .bias = bias ? mcu_read(call, bias, bias_at) : NULL,
        .bias_step = bias ? mcu_stride(bias, MCU_C) : 0,
        .first = first,
        .channels = mcu_extent(box, MCU_C),
        .depth = sums ? call->args->reduce_hi - depth_lo : p->input_c,
        .out_step = out ? mcu_stride(out, MCU_C) : 0,
        .sum_step = sums ? mcu_stride(sums, MCU_C) : 0,
        .fresh = !sums || (call->args->flags & MCU_FIRST),
    };
    mcu_row_t rows[MCU_WINDOW_ROWS];
    pixel_t pixel;
    for (int32_t n = box->axes[MCU_N].lo; n < box->axes[MCU_N].hi; n++) {
        for (int32_t y = box->axes[MCU_H].lo; y < box->axes[MCU_H].hi; y++) {
            pixel.rows = rows;
            const int32_t code =
                mcu_window_rows(call, &p->window, p->window.inside_h, n, y, input_first, rows, &pixel.down);
            if (code != MCU_OK) {
                return code;
            }
            pixel.joined = joined(&job, rows, pixel.down);
            uint8_t *to = out ? mcu_out_row(call, out, n, y) : NULL;
            uint8_t *keep = sums ? mcu_out_row(call, sums, n, y) : NULL;
            for (int32_t x = 0; x < mcu_extent(box, MCU_W); x++) {
                pixel.across =
                    mcu_window_lines(&p->window, rows, pixel.down, box->axes[MCU_W].lo + x, pixel.lines);
                make_pixel(&job, &pixel, out ? to + x * mcu_stride(out, MCU_W) : NULL,
                           sums ? keep + x * mcu_stride(sums, MCU_W) : NULL);
            }
        }
    }
    return MCU_OK;
}
