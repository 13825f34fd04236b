/* Floats that are quantized as they come, by the range of a whole batch entry. */
#ifndef MCU_QUANTIZE_INPUT_H
#define MCU_QUANTIZE_INPUT_H

#include "mcu_fixed_point.h"
#include "mcu_float.h"
#include "mcu_lab.h"

/* c_params of every hybrid operator: weights are int8, inputs and outputs float32. `scale` is that of the weights. */
typedef struct mcu_hybrid {
    const float *scale;
    int32_t per_channel; /* scale has one entry for each output channel, not one for all */
    int32_t asymmetric;
    int32_t apart;     /* sums are multiplied by the weights' scale and then by the input's, not by their product */
    int32_t from_zero; /* 0 is added before the bias */
    float real_min, real_max;
} mcu_hybrid_t;

/* The range of values, which holds 0. */
typedef struct mcu_range_of {
    float low, high;
} mcu_range_of_t;

/* real = scale * (q - offset), lowest <= q <= 127. */
typedef struct mcu_input {
    float scale, inverse;
    int32_t offset, lowest;
} mcu_input_t;

static inline void mcu_widen(mcu_range_of_t *range, float value) {
    if (value < range->low) {
        range->low = value;
    }
    if (value > range->high) {
        range->high = value;
    }
}

/* How many of so many values LiteRT quantizes eight at a time; the others, which are the last, it takes one by one. */
static inline int32_t mcu_together(int32_t count) { return count / 8 * 8; }

static inline int32_t mcu_offset_of(double nearest) {
    if (nearest <= -128.0) {
        return -128;
    }
    if (nearest >= 127.0) {
        return 127;
    }
    if (!(nearest > -128.0)) {
        return 0; /* not a number */
    }
    const int32_t whole = (int32_t)nearest;
    const double rest = nearest - (double)whole;
    return whole + (rest >= 0.5) - (rest <= -0.5);
}

static inline mcu_input_t mcu_input_of(const mcu_hybrid_t *hybrid, mcu_range_of_t range) {
    const int32_t lowest = hybrid->asymmetric ? -128 : -127;
    mcu_input_t q = {1.0f, 0.0f, 0, lowest};
    if (range.low == 0.0f && range.high == 0.0f) {
        return q;
    }
    if (!hybrid->asymmetric) {
        const float largest = range.high > -range.low ? range.high : -range.low;
        q.scale = largest / 127.0f;
        q.inverse = 127.0f / largest;
        return q;
    }
    const float width = range.high - range.low;
    const double scale = (double)width / 255.0;
    const double below = (double)range.low / scale, above = (double)range.high / scale;
    const double from_below = 128.0 + (below < 0.0 ? -below : below);
    const double from_above = 127.0 + (above < 0.0 ? -above : above);
    q.offset = mcu_offset_of(from_below < from_above ? -128.0 - below : 127.0 - above);
    q.scale = (float)scale;
    q.inverse = q.scale == 0.0f ? 0.0f : 1.0f / q.scale;
    return q;
}

/* `together`: the value is one of those that LiteRT quantizes eight at a time, and rounds after adding a half. */
static inline int8_t mcu_quantized_input(const mcu_input_t *q, float value, int32_t together) {
    const float steps = value * q->inverse;
    if (together) {
        const int32_t whole = mcu_cut(steps + (steps < 0.0f ? -0.5f : 0.5f));
        return (int8_t)mcu_clamp(mcu_add_wrapping(whole, q->offset), q->lowest, 127);
    }
    const int32_t whole = mcu_nearest(steps);
    return (int8_t)mcu_clamp(whole == INT32_MIN ? whole : mcu_add_wrapping(whole, q->offset), q->lowest, 127);
}

/* From a sum of products to an output of that channel; bias is NULL where there is none. */
static inline float mcu_hybrid_output(const mcu_hybrid_t *hybrid, const mcu_input_t *q, int32_t sum, int32_t channel,
                                      const uint8_t *bias) {
    const float scale = hybrid->scale[hybrid->per_channel * channel];
    float made;
    if (hybrid->apart) {
        made = (float)sum * scale;
        made = made * q->scale;
    } else {
        const float both = scale * q->scale;
        made = (float)sum * both;
    }
    if (hybrid->from_zero) {
        made = made + 0.0f;
    }
    if (bias) {
        made = made + *(const float *)(const void *)bias;
    }
    return mcu_clamp_float(made, hybrid->real_min, hybrid->real_max);
}

#endif
