#ifndef MCU_BLOCKS_H
#define MCU_BLOCKS_H

#include "mcu_lab.h"

/* Between an image and its folded form, which has one row and column for each block of height x width pixels, and keeps
 * place k = i * width + j of a block at k * period of the axis `packed` and behind it (DEPTH_TO_SPACE, SPACE_TO_BATCH_ND
 * …). Row r of the image lies in block row (r + top) / height; the image has `rows` x `columns` pixels, and what the
 * folded form has beyond them are bytes `fill`. row, column, packed: axes of the Views. */
typedef struct mcu_blocks_params {
    int32_t unfolds; /* 1: the output is the image; 0: the input is */
    int32_t row, column, packed;
    int32_t height, width, period;
    int32_t top, left, rows, columns;
    int32_t fill;
} mcu_blocks_params_t;

#endif
