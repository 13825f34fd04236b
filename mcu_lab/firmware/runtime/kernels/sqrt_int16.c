#include "mcu_square_root.h"
#include "sqrt.h"

/* The quotient is cut off. What is no int32 becomes INT32_MIN, as on LiteRT's x86. */
static inline int16_t mcu_root(const mcu_sqrt_params_t *p, int32_t x) {
    const float steps = mcu_square_root(x > 0 ? p->in_scale * (float)x : 0.0f) / p->out_scale;
    return (int16_t)(steps < 2147483648.0f ? mcu_min((int32_t)steps, INT16_MAX) : INT16_MIN);
}

#define MCU_KERNEL mcu_sqrt_int16
#define MCU_PARAMS mcu_sqrt_params_t
#define MCU_INPUT int16_t
#define MCU_OUTPUT int16_t
#define MCU_MAP(p, x) mcu_root(p, x)
#include "mcu_element.inl"
