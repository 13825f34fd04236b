#ifndef MCU_PICK_ND_H
#define MCU_PICK_ND_H

#include "mcu_lab.h"

/* GATHER_ND. Ranks are the tensors' own, before Views pad them; `depth` indices name a place along the first axes of the
 * data, which have these lengths. */
typedef struct mcu_pick_nd_params {
    int32_t data_rank, index_rank, depth;
    const int32_t *lengths;
    int32_t index_bytes;
} mcu_pick_nd_params_t;

#endif
