#include "blocks.h"

#include "mcu_elements.h"

/* Where element `at` of the image lies in the folded form. */
static void unfolded(const mcu_blocks_params_t *p, const int32_t *at, int32_t *from) {
    const int32_t y = at[p->row] + p->top;
    const int32_t x = at[p->column] + p->left;
    from[p->row] = y / p->height;
    from[p->column] = x / p->width;
    from[p->packed] = (y % p->height * p->width + x % p->width) * p->period + at[p->packed];
}

/* Where element `at` of the folded form lies in the image; 0 for one beyond it. */
static int32_t folded(const mcu_blocks_params_t *p, const int32_t *at, int32_t *from) {
    const int32_t place = at[p->packed] / p->period;
    const int32_t y = at[p->row] * p->height + place / p->width - p->top;
    const int32_t x = at[p->column] * p->width + place % p->width - p->left;
    from[p->packed] = at[p->packed] % p->period;
    from[p->row] = y;
    from[p->column] = x;
    return 0 <= y && y < p->rows && 0 <= x && x < p->columns;
}

int32_t mcu_blocks(const mcu_call_t *call);
int32_t mcu_blocks(const mcu_call_t *call) {
    const mcu_blocks_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t last = (int32_t)out->rank - 1;
    uint8_t border[8];
    int32_t at[MCU_MAX_RANK];
    int32_t from[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    memset(border, p->fill, sizeof border);
    do { /* a run of channels of one pixel */
        int32_t inside = 1;
        count = mcu_straight(out, at);
        memcpy(from, at, sizeof from);
        if (p->unfolds) {
            unfolded(p, at, from);
        } else {
            inside = folded(p, at, from);
            if (p->packed == last) {
                count = mcu_min(count, p->period - from[last]);
            }
        }
        uint8_t *to = mcu_write(call, out, at);
        if (!inside) {
            mcu_copy_run(to, mcu_stride(out, last), border, 0, count, call->args->element_bytes);
            continue;
        }
        const mcu_view_t *in = mcu_holding_all(call, 0, from);
        if (!in) {
            return MCU_E_VIEW;
        }
        count = mcu_min(count, mcu_straight(in, from));
        mcu_copy_run(to, mcu_stride(out, last), mcu_read(call, in, from), mcu_stride(in, last), count,
                     call->args->element_bytes);
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
