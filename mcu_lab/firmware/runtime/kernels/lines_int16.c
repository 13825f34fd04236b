#include "lines.h"

static inline int16_t mcu_on_line(const int16_t *table, int32_t x) {
    const int16_t *base = table + 256 + (x >> 7);
    const int32_t slope = (int16_t)(base[1] - base[0]); /* wraps, as in LiteRT */
    return (int16_t)(base[0] + ((slope * (x & 127) + 64) >> 7));
}

#define MCU_KERNEL mcu_lines_int16
#define MCU_PARAMS mcu_lines_params_t
#define MCU_INPUT int16_t
#define MCU_OUTPUT int16_t
#define MCU_MAP(p, x) mcu_on_line((p)->table, x)
#include "mcu_element.inl"
