#ifndef MCU_RESIZE_BILINEAR_H
#define MCU_RESIZE_BILINEAR_H

#include "mcu_lab.h"

/* The input has rows x columns pixels. int8 and int16: output row y lies at y * row_scale + row_offset of it, with 10 bits
 * behind the point. uint8 and float32: at y * row_real_scale, or, with half, at (y + 0.5) * row_real_scale - 0.5. */
typedef struct mcu_resize_bilinear_params {
    int32_t rows, columns;
    int32_t row_scale, row_offset, column_scale, column_offset;
    float row_real_scale, column_real_scale;
    int32_t half;
} mcu_resize_bilinear_params_t;

#endif
