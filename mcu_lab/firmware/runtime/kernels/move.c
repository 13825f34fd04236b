#include "move.h"

#include "mcu_elements.h"

/* The axis of the whole along which a step of `stride` elements goes straight, and how many coordinates it advances. */
typedef struct direction {
    int32_t axis, step;
} direction_t;

static direction_t direction_of(const mcu_move_params_t *p, int32_t stride) {
    direction_t found = {p->rank - 1, stride};
    int32_t dense = 1;
    for (int32_t axis = p->rank - 1; axis >= 0; axis--) {
        if (p->shape[axis] > 1 && stride % dense == 0) {
            found.axis = axis;
            found.step = stride / dense;
        }
        dense *= p->shape[axis];
    }
    return found;
}

/* The coordinate of element `number` of the whole. */
static void coordinate_of(const mcu_move_params_t *p, int32_t number, int32_t *c) {
    for (int32_t axis = p->rank - 1; axis >= 0; axis--) {
        c[axis] = number % p->shape[axis];
        number /= p->shape[axis];
    }
}

static int32_t holds(const mcu_view_t *view, const int32_t *c) {
    for (int32_t axis = 0; axis < view->rank; axis++) {
        if (c[axis] < view->axes[axis].lo || c[axis] >= view->axes[axis].hi) {
            return 0;
        }
    }
    return 1;
}

/* How many steps along the direction, from c on, stay inside the box and on a straight line of addresses. */
static int32_t straight(const mcu_view_t *view, direction_t d, const int32_t *c) {
    if (d.step == 0) {
        return INT32_MAX;
    }
    if ((int32_t)view->ring_axis == d.axis) {
        return 1;
    }
    return d.step > 0 ? (view->axes[d.axis].hi - 1 - c[d.axis]) / d.step + 1
                      : (c[d.axis] - view->axes[d.axis].lo) / -d.step + 1;
}

/* Moves between one View of part k and the whole. */
static int32_t move_part(const mcu_call_t *call, int32_t k, const mcu_view_t *part) {
    const mcu_move_params_t *p = call->args->params;
    const int32_t *strides = &p->strides[k * p->rank];
    const int32_t last = p->rank - 1;
    const int32_t bytes = call->args->element_bytes;
    const direction_t d = direction_of(p, strides[last]);
    int32_t at[MCU_MAX_RANK];
    int32_t c[MCU_MAX_RANK];
    if (!mcu_first_run(part, at)) {
        return MCU_OK;
    }
    do {
        while (at[last] < part->axes[last].hi) {
            int32_t number = p->origin[k];
            for (int32_t i = 0; i < p->rank; i++) {
                number += strides[i] * at[i];
            }
            coordinate_of(p, number, c);
            const mcu_view_t *whole = p->gather ? mcu_holding_all(call, p->whole_slot, c) : mcu_out(call, 0);
            if (!whole) {
                return MCU_E_VIEW;
            }
            if (!p->gather && !holds(whole, c)) {
                at[last]++; /* this step does not write that element */
                continue;
            }
            const int32_t count = mcu_min(mcu_straight(part, at), straight(whole, d, c));
            const int32_t whole_stride = d.step * mcu_stride(whole, d.axis);
            if (p->gather) {
                mcu_copy_run(mcu_write(call, part, at), mcu_stride(part, last), mcu_read(call, whole, c), whole_stride,
                             count, bytes);
            } else {
                mcu_copy_run(mcu_write(call, whole, c), whole_stride, mcu_read(call, part, at), mcu_stride(part, last),
                             count, bytes);
            }
            at[last] += count;
        }
        at[last] = part->axes[last].lo;
    } while (mcu_next_run(part, at));
    return MCU_OK;
}

/* Fills a View with one element. */
static void fill(const mcu_call_t *call, const mcu_view_t *out, const uint8_t *element) {
    const int32_t last = (int32_t)out->rank - 1;
    int32_t at[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(out, at)) {
        return;
    }
    do {
        count = mcu_straight(out, at);
        mcu_copy_run(mcu_write(call, out, at), mcu_stride(out, last), element, 0, count, call->args->element_bytes);
    } while (mcu_next_straight(out, count, at));
}

/* What the parts leave free. Without a value there is nothing of it in the box. */
static void fill_free(const mcu_call_t *call, const mcu_move_params_t *p) {
    static const int32_t first[MCU_MAX_RANK] = {0};
    uint8_t element[8];
    const uint8_t *from = element;
    if (p->fill_slot >= 0) {
        const mcu_view_t *value = mcu_in(call, p->fill_slot);
        if (!value) {
            return;
        }
        from = mcu_read(call, value, first);
    }
    for (int32_t b = 0; b < (int32_t)sizeof element; b++) {
        element[b] = (uint8_t)((uint32_t)p->fill >> (8 * (b & 3)));
    }
    fill(call, mcu_out(call, 0), from);
}

int32_t mcu_move(const mcu_call_t *call);
int32_t mcu_move(const mcu_call_t *call) {
    const mcu_move_params_t *p = call->args->params;
    int32_t code = MCU_OK;
    if (p->fills) {
        fill_free(call, p);
    }
    for (int32_t k = 0; k < p->parts && code == MCU_OK; k++) {
        if (p->gather) {
            const mcu_view_t *out = mcu_out(call, p->part_slot[k]);
            code = out ? move_part(call, k, out) : MCU_OK;
            continue;
        }
        const mcu_slot_t *in = &call->args->in[p->part_slot[k]];
        for (int32_t i = 0; i < in->count && code == MCU_OK; i++) {
            code = move_part(call, k, &in->views[i]);
        }
    }
    return code;
}
