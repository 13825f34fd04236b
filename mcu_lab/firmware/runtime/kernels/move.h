#ifndef MCU_MOVE_H
#define MCU_MOVE_H

#include "mcu_lab.h"

/* Every operator that only moves elements: RESHAPE, TRANSPOSE, SPLIT, STRIDED_SLICE, CONCATENATION, PACK, PAD …
 * One tensor, the whole, holds the elements of the others, the parts: element c of part k is element number
 * origin[k] + sum(strides[k * rank + i] * c[i]) of the whole in row-major order. mcu_lab/ops/move.py makes these
 * tables from the operator's aliases, so a move and a zero-copy alias cannot disagree. */
typedef struct mcu_move_params {
    int32_t gather; /* 1: the whole is an input and the parts are outputs; 0: the parts are inputs of output 0 */
    int32_t whole_slot;
    int32_t parts, rank;
    const int32_t *part_slot; /* parts numbers: input slots or outputs */
    const int32_t *origin;    /* parts */
    const int32_t *strides;   /* parts * rank */
    const int32_t *shape;     /* rank numbers: the whole's sizes, padded on the left with 1 */
    int32_t fills, fill;      /* fills: output 0 is first filled with the lowest bytes of fill … */
    int32_t fill_slot;        /* … or, where this is not -1, with the one element of that input, if the step has it */
} mcu_move_params_t;

#endif
