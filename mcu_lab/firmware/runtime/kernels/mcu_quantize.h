#ifndef MCU_QUANTIZE_ELEMENT_H
#define MCU_QUANTIZE_ELEMENT_H

#include "quantize.h"

/* round(x / scale) + zero_point, ties away from zero, clamped. Beyond 2^20 only the clamp is left to decide; there the
 * conversion to an integer would overflow, so the quotient is clamped first. */
static inline int32_t mcu_quantize_element(const mcu_quantize_params_t *p, float x) {
    const float most = 1048576.0f;
    const float quotient = x / p->scale;
    if (!(quotient > -most)) { /* not a number, too: the comparison is false */
        return p->act_min;
    }
    if (quotient > most) {
        return p->act_max;
    }
    const int32_t whole = (int32_t)quotient;
    const float rest = quotient - (float)whole; /* exact */
    return mcu_clamp(whole + (rest >= 0.5f) - (rest <= -0.5f) + p->zero_point, p->act_min, p->act_max);
}

#endif
