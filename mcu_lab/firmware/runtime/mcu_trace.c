#include "mcu_trace.h"

/* One nibble at a time: a table of 16 words is small and fast enough for tests. */
static const uint32_t nibbles[16] = {
    0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu, 0x76dc4190u, 0x6b6b51f4u, 0x4db26158u, 0x5005713cu,
    0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu, 0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu};

uint32_t mcu_crc32(uint32_t crc, const uint8_t *bytes, int32_t count) {
    crc = ~crc;
    for (int32_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        crc = (crc >> 4) ^ nibbles[crc & 15u];
        crc = (crc >> 4) ^ nibbles[crc & 15u];
    }
    return ~crc;
}

static uint32_t crc_of_view(const mcu_call_t *call, const mcu_view_t *view, int32_t element_bytes, uint32_t crc) {
    const int32_t last = (int32_t)view->rank - 1;
    int32_t at[MCU_MAX_RANK];
    if (!call->memory[view->memory].write || !mcu_first_run(view, at)) {
        return crc;
    }
    do {
        while (at[last] < view->axes[last].hi) {
            const uint8_t *from = mcu_write(call, view, at);
            const int32_t dense = mcu_stride(view, last) == element_bytes;
            const int32_t count = dense ? mcu_straight(view, at) : 1;
            crc = mcu_crc32(crc, from, count * element_bytes);
            at[last] += count;
        }
        at[last] = view->axes[last].lo;
    } while (mcu_next_run(view, at));
    return crc;
}

uint32_t mcu_written_crc(const mcu_call_t *call) {
    const mcu_args_t *args = call->args;
    uint32_t crc = 0;
    if (args->flags & MCU_STARTS) {
        return 0;
    }
    if (args->sums) {
        crc = crc_of_view(call, args->sums, 4, crc);
    }
    for (int32_t k = 0; k < args->out_count; k++) {
        if (args->out[k]) {
            crc = crc_of_view(call, args->out[k], args->out_bytes ? args->out_bytes[k] : args->element_bytes, crc);
        }
    }
    return crc;
}
