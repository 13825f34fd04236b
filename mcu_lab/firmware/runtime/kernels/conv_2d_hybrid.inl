/* Convolutions of floats with int8 weights. The file that includes this defines MCU_KERNEL (its name).
 *
 * Each step looks for the range of the whole input, then quantizes the rows under its windows into scratch memory, which
 * has room for as many rows as a window has: row y lies in the place of the tap that it is for some window. */
#include "conv_2d_hybrid.h"

typedef struct job {
    const mcu_call_t *call;
    const mcu_conv_2d_hybrid_params_t *p;
    const int8_t *at; /* the first tap of the first output channel of the box */
    int32_t step_o, step_h, step_w, step_c;
    mcu_range_t columns, channels; /* that are read of the input */
    mcu_input_t input;
    int8_t *rows;
    int32_t held[MCU_WINDOW_ROWS]; /* which row lies in each place, -1: none */
} job_t;

static int32_t row_view(const mcu_call_t *call, int32_t n, int32_t y, const mcu_view_t **view, const uint8_t **at) {
    *view = mcu_holding(call, 0, MCU_H, y);
    if (!*view) {
        return MCU_E_VIEW;
    }
    *at = call->memory[(*view)->memory].read + mcu_image_offset(*view, n, y, 0, 0);
    return MCU_OK;
}

static int32_t find_range(const job_t *job, int32_t n, mcu_range_of_t *range) {
    const mcu_window_t *w = &job->p->window;
    for (int32_t y = w->inside_h.lo; y < w->inside_h.hi; y++) {
        const mcu_view_t *view;
        const uint8_t *at;
        const int32_t code = row_view(job->call, n, y, &view, &at);
        if (code != MCU_OK) {
            return code;
        }
        for (int32_t x = w->inside_w.lo; x < w->inside_w.hi; x++) {
            for (int32_t c = 0; c < job->p->channels; c++) {
                mcu_widen(range, *(const float *)(const void *)(at + x * mcu_stride(view, MCU_W) +
                                                                c * mcu_stride(view, MCU_C)));
            }
        }
    }
    return MCU_OK;
}

static int32_t row_bytes(const job_t *job) {
    return (job->columns.hi - job->columns.lo) * (job->channels.hi - job->channels.lo);
}

/* Where the quantized row y lies; NULL: the tables are wrong. */
static const int8_t *quantized_row(job_t *job, int32_t n, int32_t y) {
    const mcu_conv_2d_hybrid_params_t *p = job->p;
    const int32_t place = y / p->window.dilation_h % p->window.filter_h;
    int8_t *to = job->rows + place * row_bytes(job);
    if (job->held[place] == y) {
        return to;
    }
    const mcu_view_t *view;
    const uint8_t *at;
    if (row_view(job->call, n, y, &view, &at) != MCU_OK) {
        return NULL;
    }
    const int32_t last = mcu_together(p->input_size);
    int8_t *next = to;
    for (int32_t x = job->columns.lo; x < job->columns.hi; x++) {
        const int32_t first = (y * p->input_w + x) * p->channels;
        for (int32_t c = job->channels.lo; c < job->channels.hi; c++) {
            const void *value = at + x * mcu_stride(view, MCU_W) + c * mcu_stride(view, MCU_C);
            *next++ = mcu_quantized_input(&job->input, *(const float *)value, first + c < last);
        }
    }
    job->held[place] = y;
    return to;
}

/* The products of one output channel, number c of the box, with the taps across and down of a window. */
static int32_t summed(const job_t *job, const int8_t *const *rows, mcu_range_t down, mcu_range_t across, int32_t column,
                      int32_t group, int32_t c) {
    const int32_t depth = job->channels.hi - job->channels.lo;
    uint32_t sum = 0;
    for (int32_t i = down.lo; i < down.hi; i++) {
        for (int32_t j = across.lo; j < across.hi; j++) {
            const int32_t x = column + j * job->p->window.dilation_w - job->columns.lo;
            const int8_t *values = rows[i] + x * depth + group * job->p->input_c - job->channels.lo;
            const int8_t *w = job->at + c * job->step_o + i * job->step_h + j * job->step_w;
            for (int32_t d = 0; d < job->p->input_c; d++) {
                sum += (uint32_t)((values[d] - job->input.offset) * w[d * job->step_c]);
            }
        }
    }
    return (int32_t)sum;
}

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_conv_2d_hybrid_params_t *p = call->args->params;
    const mcu_window_t *w = &p->window;
    const mcu_view_t *out = mcu_out(call, 0);
    const mcu_view_t *filter = mcu_in(call, 1);
    const mcu_view_t *bias = mcu_in(call, 2);
    const mcu_axis_t *box = out->axes;
    const int32_t first = box[MCU_C].lo;
    int32_t filter_at[4] = {0, 0, 0, 0};
    filter_at[p->channel_axis] = first;
    const int32_t bias_at[4] = {0, 0, 0, first};
    const uint8_t *biases = bias ? mcu_read(call, bias, bias_at) : NULL;
    const int32_t begin = box[MCU_W].lo * w->stride_w - w->pad_w;
    const int32_t end = (box[MCU_W].hi - 1) * w->stride_w - w->pad_w + (w->filter_w - 1) * w->dilation_w + 1;
    job_t job = {
        .call = call,
        .p = p,
        .at = (const void *)mcu_read(call, filter, filter_at),
        .step_o = mcu_stride(filter, p->channel_axis),
        .step_h = mcu_stride(filter, 1),
        .step_w = mcu_stride(filter, 2),
        .step_c = p->channel_axis == 0 ? mcu_stride(filter, 3) : 0,
        .columns = {mcu_max(begin, w->inside_w.lo), mcu_min(end, w->inside_w.hi)},
        .channels = {first / p->group_c * p->input_c, ((box[MCU_C].hi - 1) / p->group_c + 1) * p->input_c},
        .rows = mcu_scratch(call),
    };
    for (int32_t n = box[MCU_N].lo; n < box[MCU_N].hi; n++) {
        mcu_range_of_t range = {0.0f, 0.0f};
        const int32_t code = find_range(&job, n, &range);
        if (code != MCU_OK) {
            return code;
        }
        job.input = mcu_input_of(&p->hybrid, range);
        for (int32_t k = 0; k < w->filter_h; k++) {
            job.held[k] = -1;
        }
        for (int32_t y = box[MCU_H].lo; y < box[MCU_H].hi; y++) {
            const int32_t top = y * w->stride_h - w->pad_h;
            mcu_range_t down = mcu_taps(top, w->dilation_h, w->filter_h, w->inside_h);
            if (job.columns.lo >= job.columns.hi) { /* the windows see nothing but padding */
                down.hi = down.lo;
            }
            const int8_t *rows[MCU_WINDOW_ROWS];
            for (int32_t k = down.lo; k < down.hi; k++) {
                rows[k] = quantized_row(&job, n, top + k * w->dilation_h);
                if (!rows[k]) {
                    return MCU_E_VIEW;
                }
            }
            for (int32_t x = box[MCU_W].lo; x < box[MCU_W].hi; x++) {
                const int32_t column = x * w->stride_w - w->pad_w;
                const mcu_range_t across = mcu_taps(column, w->dilation_w, w->filter_w, w->inside_w);
                uint8_t *to = mcu_out_row(call, out, n, y) + (x - box[MCU_W].lo) * mcu_stride(out, MCU_W);
                for (int32_t c = 0; c < mcu_extent(out, MCU_C); c++) {
                    const int32_t group = (first + c) / p->group_c;
                    const int32_t sum = summed(&job, rows, down, across, column, group, c);
                    *(float *)(void *)(to + c * mcu_stride(out, MCU_C)) =
                        mcu_hybrid_output(&p->hybrid, &job.input, sum, first + c,
                                          biases ? biases + c * mcu_stride(bias, MCU_C) : NULL);
                }
            }
        }
    }
    return MCU_OK;
}
