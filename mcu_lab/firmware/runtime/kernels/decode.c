#include "mcu_lab.h"

/* Copy of a constant that lies in codes. Input 0 is where they lie, with the strides that the whole constant would have,
 * row-major; input 1 is the codebook, its vectors along the last axis. A code takes one byte, little-endian two where there
 * are more than 256 vectors. */
int32_t mcu_decode(const mcu_call_t *call);
int32_t mcu_decode(const mcu_call_t *call) {
    const mcu_view_t *codes = mcu_in(call, 0);
    const mcu_view_t *book = mcu_in(call, 1);
    const mcu_view_t *to = mcu_out(call, 0);
    const int32_t bytes = call->args->element_bytes;
    const int32_t last = (int32_t)to->rank - 1;
    const int32_t stride = mcu_stride(to, last);
    const int32_t length = mcu_extent(book, last);
    const int32_t wide = mcu_extent(book, last - 1) > 256;
    const uint8_t *numbers = call->memory[codes->memory].read + codes->offset;
    const uint8_t *vectors = call->memory[book->memory].read + book->offset;
    int32_t c[MCU_MAX_RANK];
    int32_t straight;
    if (!mcu_first_run(to, c)) {
        return MCU_OK;
    }
    do {
        const int32_t first = (mcu_offset(codes, c) - codes->offset) / bytes;
        uint8_t *out = mcu_write(call, to, c);
        int32_t at = first / length;
        int32_t within = first % length;
        straight = mcu_straight(to, c);
        for (int32_t left = straight; left > 0;) {
            const int32_t number = wide ? numbers[2 * at] | (int32_t)numbers[2 * at + 1] << 8 : numbers[at];
            const int32_t count = mcu_min(left, length - within);
            const uint8_t *from = vectors + (number * length + within) * bytes;
            if (stride == bytes) {
                memcpy(out, from, (size_t)(count * bytes));
            } else {
                for (int32_t i = 0; i < count; i++) {
                    memcpy(out + i * stride, from + i * bytes, (size_t)bytes);
                }
            }
            out += count * stride;
            left -= count;
            within = 0;
            at++;
        }
    } while (mcu_next_straight(to, straight, c));
    return MCU_OK;
}
