/* TOPK_V2. The file that includes this defines MCU_KERNEL (its name), MCU_ELEMENT and MCU_IS_NUMBER.
 *
 * Without memory to sort in: each place is looked for behind the one before it. */
#include "topk_v2.h"

typedef struct found {
    MCU_ELEMENT value;
    int32_t at;
} found_t;

/* Whether a comes before b: the greater first, of equal ones the first, what is not a number last. */
static inline int32_t before(found_t a, found_t b) {
    if (MCU_IS_NUMBER(a.value) != MCU_IS_NUMBER(b.value)) {
        return MCU_IS_NUMBER(a.value);
    }
    return a.value > b.value || (!(a.value < b.value) && a.at < b.at);
}

/* The first of a row behind `last`; of all where last.at is below 0. at[] is the row, and is moved along it. */
static int32_t next(const mcu_call_t *call, int32_t *at, found_t last, found_t *best) {
    const mcu_topk_v2_params_t *p = call->args->params;
    best->at = -1;
    int32_t count;
    for (int32_t i = 0; i < p->length; i += count) {
        const int32_t axis = (int32_t)call->args->in[0].views->rank - 1;
        at[axis] = i;
        const mcu_view_t *in = mcu_holding_all(call, 0, at);
        if (!in) {
            return MCU_E_VIEW;
        }
        const uint8_t *x = mcu_read(call, in, at);
        count = mcu_min(p->length - i, mcu_straight(in, at));
        for (int32_t k = 0; k < count; k++) {
            const found_t found = {*(const MCU_ELEMENT *)(const void *)(x + k * mcu_stride(in, axis)), i + k};
            if ((last.at < 0 || before(last, found)) && (best->at < 0 || before(found, *best))) {
                *best = found;
            }
        }
    }
    return MCU_OK;
}

int32_t MCU_KERNEL(const mcu_call_t *call);
int32_t MCU_KERNEL(const mcu_call_t *call) {
    for (int32_t k = 0; k < 2; k++) {
        const mcu_view_t *out = mcu_out(call, k);
        int32_t at[MCU_MAX_RANK], from[MCU_MAX_RANK];
        if (!out || !mcu_first_run(out, at)) {
            continue;
        }
        const int32_t last = (int32_t)out->rank - 1;
        do {
            found_t found = {0, -1};
            memcpy(from, at, sizeof from);
            for (int32_t place = 0; place < out->axes[last].hi; place++) {
                const found_t ahead = found;
                const int32_t code = next(call, from, ahead, &found);
                if (code != MCU_OK) {
                    return code;
                }
                if (place < out->axes[last].lo) {
                    continue;
                }
                at[last] = place;
                uint8_t *to = mcu_write(call, out, at);
                if (k == 0) {
                    *(MCU_ELEMENT *)(void *)to = found.value;
                } else {
                    *(int32_t *)(void *)to = found.at;
                }
            }
            at[last] = out->axes[last].lo;
        } while (mcu_next_run(out, at));
    }
    return MCU_OK;
}
