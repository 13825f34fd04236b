#ifndef MCU_PICK_H
#define MCU_PICK_H

#include "mcu_lab.h"

/* GATHER. Ranks and axes are the tensors' own, before Views pad them. `length` elements along the axis of the data. */
typedef struct mcu_pick_params {
    int32_t data_rank, index_rank, out_rank;
    int32_t axis, batches, length;
    int32_t index_bytes;
} mcu_pick_params_t;

#endif
