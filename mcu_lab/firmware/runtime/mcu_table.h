/* The folded table of a plan's steps, and a run through it. */
#ifndef MCU_TABLE_H
#define MCU_TABLE_H

#include "mcu_lab.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The rows of a plan, folded (see mcu_unfold.c). const, generated. */
typedef struct mcu_table {
    const uint8_t *code;          /* patterns of rows */
    const uint16_t *patterns;     /* where each begins; those of which the runs are counted come first */
    const uint8_t *order;         /* rules: in which order the patterns run */
    const uint16_t *rules;        /* where each begins */
    const mcu_kernel_t *kernels;  /* by number less 1 */
    const void *const *params;    /* likewise */
    uint16_t counters, pattern_count;
} mcu_table_t;

/* A rule under way: the item that comes next, and how often it still does; 0: it has not begun. */
typedef struct mcu_frame {
    uint16_t at, left;
} mcu_frame_t;

/* How far a run has come. The arrays are as long as the table needs them. */
typedef struct mcu_progress {
    mcu_frame_t *frames;
    uint16_t *runs;
    int32_t depth; /* of the frame in use */
    int32_t row;   /* that runs next; behind an error: the failed one */
} mcu_progress_t;

/* Where a row is unfolded. The arrays are as long as the table's longest row needs them. */
typedef struct mcu_room {
    mcu_slot_t *slots;
    const mcu_view_t **outs;
    mcu_view_t *views;
    mcu_axis_t *axes;
} mcu_room_t;

/* Before the first row. */
void mcu_begin(const mcu_table_t *table, mcu_progress_t *progress);

/* Runs all rows that are left. MCU_OK behind the last one, MCU_LATER before a row that has to wait for data; stops at
 * the first negative code, which it returns. */
int32_t mcu_run(const mcu_table_t *table, mcu_progress_t *progress, const mcu_room_t *room, const mcu_memory_t *memory,
                const mcu_port_t *port);

#ifdef __cplusplus
}
#endif

#endif
