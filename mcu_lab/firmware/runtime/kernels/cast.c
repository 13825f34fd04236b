#include "cast.h"

enum { INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, BOOL, FLOAT32 };

static int64_t integer_at(const void *from, int32_t dtype) {
    switch (dtype) {
    case INT8:
        return *(const int8_t *)from;
    case INT16:
        return *(const int16_t *)from;
    case UINT16:
        return *(const uint16_t *)from;
    case INT32:
        return *(const int32_t *)from;
    case UINT32:
        return *(const uint32_t *)from;
    case INT64:
        return *(const int64_t *)from;
    default:
        return *(const uint8_t *)from;
    }
}

/* Cut off behind the point; what lies beyond the dtype ends there, and a NaN at its greatest. */
static int64_t whole(float x, int32_t dtype) {
    static const struct {
        int64_t least, greatest;
        float beyond; /* the power of two behind the greatest */
    } ends[] = {
        {INT8_MIN, INT8_MAX, 128.0f},           {0, UINT8_MAX, 256.0f},
        {INT16_MIN, INT16_MAX, 32768.0f},       {0, UINT16_MAX, 65536.0f},
        {INT32_MIN, INT32_MAX, 2147483648.0f},  {0, UINT32_MAX, 4294967296.0f},
        {INT64_MIN, INT64_MAX, 9223372036854775808.0f},
    };
    if (!(x < ends[dtype].beyond)) {
        return ends[dtype].greatest;
    }
    return x <= (float)ends[dtype].least ? ends[dtype].least : (int64_t)x;
}

/* The lowest bytes of an integer. */
static void put_integer(void *to, int64_t value, int32_t bytes) {
    const uint64_t bits = (uint64_t)value;
    switch (bytes) {
    case 1:
        *(uint8_t *)to = (uint8_t)bits;
        break;
    case 2:
        *(uint16_t *)to = (uint16_t)bits;
        break;
    case 4:
        *(uint32_t *)to = (uint32_t)bits;
        break;
    default:
        *(uint64_t *)to = bits;
    }
}

static void cast(const mcu_cast_params_t *p, const void *from, void *to, int32_t bytes) {
    if (p->from_dtype == FLOAT32) {
        const float x = *(const float *)from;
        if (p->to_dtype == FLOAT32) {
            *(float *)to = x;
        } else {
            put_integer(to, p->to_dtype == BOOL ? x != 0.0f : whole(x, p->to_dtype), bytes);
        }
        return;
    }
    const int64_t x = integer_at(from, p->from_dtype);
    if (p->to_dtype == FLOAT32) {
        *(float *)to = (float)x;
    } else {
        put_integer(to, p->to_dtype == BOOL ? x != 0 : x, bytes);
    }
}

/* CAST: each element is written after it was read. */
int32_t mcu_cast(const mcu_call_t *call);
int32_t mcu_cast(const mcu_call_t *call) {
    const mcu_cast_params_t *p = call->args->params;
    const mcu_view_t *out = mcu_out(call, 0);
    const int32_t last = (int32_t)out->rank - 1;
    int32_t at[MCU_MAX_RANK];
    int32_t count;
    if (!mcu_first_run(out, at)) {
        return MCU_OK;
    }
    do {
        const mcu_view_t *in = mcu_holding_all(call, 0, at);
        if (!in) {
            return MCU_E_VIEW;
        }
        const uint8_t *from = mcu_read(call, in, at);
        uint8_t *to = mcu_write(call, out, at);
        count = mcu_min(mcu_straight(in, at), mcu_straight(out, at));
        for (int32_t i = 0; i < count; i++) {
            cast(p, from + i * mcu_stride(in, last), to + i * mcu_stride(out, last), call->args->element_bytes);
        }
    } while (mcu_next_straight(out, count, at));
    return MCU_OK;
}
