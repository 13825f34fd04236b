/* Which row of a folded table comes next, and what it works on. */
#ifndef MCU_UNFOLD_H
#define MCU_UNFOLD_H

#include "mcu_lab.h"

/* The pattern of the next row, -1 behind the last one; asked again it answers the same until mcu_step_done. */
int32_t mcu_next_pattern(const mcu_table_t *table, mcu_progress_t *progress);
void mcu_step_done(const mcu_table_t *table, mcu_progress_t *progress, int32_t pattern);

/* Fills args and room for a run of the pattern; returns its kernel, NULL where nothing has to be done. */
mcu_kernel_t mcu_unfold(const mcu_table_t *table, const mcu_progress_t *progress, int32_t pattern,
                        const mcu_room_t *room, mcu_args_t *args);

#endif
