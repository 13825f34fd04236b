/* mcu_lab runtime: walks a folded table of steps over byte memories.
 *
 * Freestanding C99: no heap, no stdio, no globals, no libm; of the C library only memcpy and memset.
 * The tables are generated and const; everything that changes lives in memories the caller provides.
 *
 * How to write a kernel
 * ---------------------
 * 1. File and name. The exporter looks for `kernels/<family>.c` (one kernel for every dtype), else for
 *    `kernels/<family>_<dtype>.c`, where <family> is OpSpec.c_kernel and <dtype> is numpy's name of the dtype of
 *    input OpSpec.data_slot and output 0 (`add_int8`); where the two differ, both, input first (`quantize_float32_int8`).
 *    The file defines `int32_t mcu_<file name>(const mcu_call_t *call)`. Files it includes with #include "..."
 *    are exported with it, so dtypes can share one body (see max_pool_2d.inl).
 * 2. Parameters. `kernels/<family>.h` defines `mcu_<family>_params_t`. OpSpec.c_params(graph, op) returns field ->
 *    int | float | numpy array; an array becomes a static const table and its field is a pointer to const elements
 *    of exactly that dtype (int32 array: `const int32_t *`). All that Python can compute ahead belongs here:
 *    multipliers, shifts, offsets, clamps, 256-entry tables. No c_params: no struct, call->args->params is NULL.
 *    Weights and biases are not parameters: they are inputs, read through their Views.
 * 3. Views. `mcu_in(call, slot)` and `mcu_out(call, k)` give Views; coordinates are the tensor's own. All Views
 *    of a step have the same rank, at least 4: shorter shapes are padded on the left with axes of size 1, so
 *    an image is always [N,H,W,C] at axes 0..3 and a vector of C lies along the last axis (MCU_C for rank 4).
 *    An absent optional input has no View (mcu_in gives NULL). Output k may be NULL too: not written by this step.
 * 4. Compute exactly the box of the output View: it may be any part of the tensor. Input boxes hold what
 *    OpSpec.needs asks for and may be larger. Padding is whatever lies outside of the *tensor*: take the tensor's
 *    sizes from parameters, never from the box.
 * 5. Addresses. mcu_read / mcu_write give the byte address of one element, with ring and origin taken into account.
 *    Ask once a run, then walk with mcu_stride(view, axis) (bytes) as far as mcu_straight says: to the end of the box, or
 *    to where a ring along that axis turns. A slot may be split into several Views: mcu_holding finds the one that has a
 *    row, mcu_holding_all the one that has an element. OpSpec.forms says along which axes a kernel looks anew in this
 *    way; verify accepts no plan in which a ring turns, or an input is split, along another.
 *    Elements wider than a byte may be loaded through a pointer of their type: bases are 16-byte aligned and
 *    Views aligned to their elements.
 * 6. Keep OpSpec.access: ROWS reads all inputs of an output row before it writes that row's first byte where a row may
 *    land on them; ELEMENTS writes an element after reading its own inputs.
 * 7. Slices. With call->args->sums the step adds [reduce_lo, reduce_hi) of input 0, along OpSpec.reduce_axis, into the
 *    int32 sums View; MCU_FIRST set: initialise instead of add; MCU_LAST set: finish into the output (else it is NULL).
 * 8. Scratch of OpSpec.scratch_bytes is at mcu_scratch(call), 4-byte aligned at least.
 * 9. Return MCU_OK or a negative code. Integer code must be clean under UBSan: no signed overflow, no shift of negative
 *    values to the left. Right shifts of negative values are arithmetic on every compiler supported.
 *    Use int8_t, never char. Floats and doubles: + - * / comparisons and conversions only; exp, log and their kin made of
 *    these are in mcu_elementary.h, mcu_trigonometry.h, mcu_powers.h, mcu_erfc.h and mcu_square_root.h.
 */
#ifndef MCU_LAB_H
#define MCU_LAB_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    MCU_OK = 0,
    MCU_LATER = 1,       /* not an error: a run has stopped before a row whose data is not there yet */
    MCU_E_ARGUMENT = -1, /* a memory is missing, too small or misaligned */
    MCU_E_VIEW = -2,     /* the tables do not hold a region that a kernel needs */
    MCU_E_PORT = -3,     /* a transfer is needed and the port has no callback for it */
    MCU_E_ORDER = -4     /* rows are pushed or finished that were not begun, are too many or too few */
                         /* a failing callback's own negative code is handed through */
};

/* Axes of an image. */
enum { MCU_N = 0, MCU_H = 1, MCU_W = 2, MCU_C = 3 };
/* For generated tables: an alignment and an infinite float, where the compiler has a way to say so. */
#if defined(__GNUC__)
#define MCU_ALIGNED(bytes) __attribute__((aligned(bytes)))
#define MCU_INFINITY (__builtin_inff())
#else
#define MCU_ALIGNED(bytes)
#define MCU_INFINITY 1e39f
#endif

#define MCU_MAX_RANK 6
#define MCU_NO_RING 255u

/* The coordinates lo <= c < hi of one axis that a View covers; stride is in bytes. */
typedef struct mcu_axis {
    int32_t lo, hi, stride;
} mcu_axis_t;

/* A box of a tensor in a memory. Coordinate c lies at byte offset + sum(stride[i] * c[i]) of the memory, where
 * c[ring_axis] is first replaced by (c[ring_axis] + ring_phase) modulo ring_rows. offset may be negative when the box
 * does not start at 0. */
typedef struct mcu_view {
    const mcu_axis_t *axes;
    int32_t offset;
    int32_t ring_rows, ring_phase;
    uint8_t ring_axis; /* MCU_NO_RING: none */
    uint8_t memory;
    uint8_t rank;
} mcu_view_t;

/* One input slot: no View when absent, several when the region is split by rows. */
typedef struct mcu_slot {
    const mcu_view_t *views;
    int32_t count;
} mcu_slot_t;

/* One memory. write is NULL for a read-only memory; both are NULL for one that only the port can reach. */
typedef struct mcu_memory {
    const uint8_t *read;
    uint8_t *write;
} mcu_memory_t;

/* MCU_STARTS: the row starts a transfer that a later row waits for; nothing is written yet. */
enum { MCU_FIRST = 1, MCU_LAST = 2, MCU_STARTS = 4 };

/* What one step works on, unfolded from the table. */
typedef struct mcu_args {
    const mcu_slot_t *in;
    const mcu_view_t *const *out;
    const void *params;
    const mcu_view_t *sums; /* NULL: the step does not work in slices */
    int32_t reduce_lo, reduce_hi;
    int32_t scratch;  /* byte offset in memory scratch_memory, -1: none */
    int32_t transfer; /* row of the Copy that a transfer belongs to */
    uint16_t in_count, out_count;
    uint8_t scratch_memory;
    uint8_t flags;         /* MCU_FIRST | MCU_LAST | MCU_STARTS */
    uint8_t element_bytes; /* of output 0 */
    const uint8_t *out_bytes; /* of each output; NULL: they are all as output 0 */
} mcu_args_t;

struct mcu_call;
typedef struct mcu_call mcu_call_t;

/* What a board or a test provides. Every callback may be NULL where it is not used. */
typedef struct mcu_port {
    void *context;
    /* Start moving bytes between memory (by number, from byte offset) and RAM; 0 or a negative code. `transfer` is the
     * row of the Copy, and what the matching wait is given. A start may complete the transfer at once. Where a read is
     * answered with MCU_LATER, mcu_run returns that and starts the same row again when it is called again. */
    int32_t (*read_start)(void *context, int32_t transfer, uint8_t memory, uint32_t offset, void *to, uint32_t bytes);
    int32_t (*read_wait)(void *context, int32_t transfer);
    int32_t (*write_start)(void *context, int32_t transfer, uint8_t memory, uint32_t offset, const void *from,
                           uint32_t bytes);
    int32_t (*write_wait)(void *context, int32_t transfer);
    uint32_t (*cycles)(void *context);
    /* After every row, also those that move nothing (for traces and cycle logs). A negative code stops the run. */
    int32_t (*after_step)(void *context, const mcu_call_t *call);
} mcu_port_t;

/* What a kernel is called with. */
struct mcu_call {
    const mcu_args_t *args;
    const mcu_memory_t *memory;
    const mcu_port_t *port; /* may be NULL */
    int32_t row;            /* of the plan; rows count from 0 */
};

typedef int32_t (*mcu_kernel_t)(const mcu_call_t *call);

/* A tensor that the caller has as an array: its element at coordinate c lies at byte sum(strides[i] * c[i]) there, and in
 * one or several of the Views, all of one rank. */
typedef struct mcu_tensor {
    const mcu_view_t *views;
    const int32_t *strides; /* NULL: row-major over the one View's box, which begins at 0 */
    uint16_t count; /* of the Views */
    uint8_t element_bytes;
} mcu_tensor_t;

/* Copy from the array to all Views in memories that can be written, or from all Views to the array. MCU_E_ARGUMENT: none
 * of the Views can be written, or one not read. */
int32_t mcu_scatter(const mcu_memory_t *memory, const mcu_tensor_t *tensor, const void *values);
int32_t mcu_gather(const mcu_memory_t *memory, const mcu_tensor_t *tensor, void *values);

static inline const mcu_view_t *mcu_in(const mcu_call_t *call, int32_t slot) {
    return slot < call->args->in_count && call->args->in[slot].count > 0 ? call->args->in[slot].views : NULL;
}

static inline const mcu_view_t *mcu_out(const mcu_call_t *call, int32_t k) {
    return k < call->args->out_count ? call->args->out[k] : NULL;
}

static inline int32_t mcu_stride(const mcu_view_t *view, int32_t axis) { return view->axes[axis].stride; }

static inline int32_t mcu_extent(const mcu_view_t *view, int32_t axis) {
    return view->axes[axis].hi - view->axes[axis].lo;
}

/* Byte offset in its memory of the element at coordinate c (view->rank numbers, all >= 0). Modulo 2^32, because far from
 * the box its parts may be large. */
static inline int32_t mcu_offset(const mcu_view_t *view, const int32_t *c) {
    uint32_t at = (uint32_t)view->offset;
    for (int32_t i = 0; i < view->rank; i++) {
        const int32_t x = i == (int32_t)view->ring_axis ? (c[i] + view->ring_phase) % view->ring_rows : c[i];
        at += (uint32_t)x * (uint32_t)view->axes[i].stride;
    }
    return (int32_t)at;
}

static inline const uint8_t *mcu_read(const mcu_call_t *call, const mcu_view_t *view, const int32_t *c) {
    return call->memory[view->memory].read + mcu_offset(view, c);
}

static inline uint8_t *mcu_write(const mcu_call_t *call, const mcu_view_t *view, const int32_t *c) {
    return call->memory[view->memory].write + mcu_offset(view, c);
}

/* The View of an input slot whose box has coordinate `at` of `axis` (a row: axis MCU_H); NULL: the tables are wrong. */
static inline const mcu_view_t *mcu_holding(const mcu_call_t *call, int32_t slot, int32_t axis, int32_t at) {
    const mcu_slot_t *in = &call->args->in[slot];
    for (int32_t i = 0; i < in->count; i++) {
        if (in->views[i].axes[axis].lo <= at && at < in->views[i].axes[axis].hi) {
            return &in->views[i];
        }
    }
    return NULL;
}

/* The View of an input slot whose box has coordinate c. */
static inline const mcu_view_t *mcu_holding_all(const mcu_call_t *call, int32_t slot, const int32_t *c) {
    const mcu_slot_t *in = &call->args->in[slot];
    for (int32_t i = 0; i < in->count; i++) {
        const mcu_view_t *view = &in->views[i];
        int32_t axis = 0;
        while (axis < view->rank && view->axes[axis].lo <= c[axis] && c[axis] < view->axes[axis].hi) {
            axis++;
        }
        if (axis == view->rank) {
            return view;
        }
    }
    return NULL;
}

static inline void *mcu_scratch(const mcu_call_t *call) {
    return call->args->scratch < 0 ? NULL : call->memory[call->args->scratch_memory].write + call->args->scratch;
}

/* Runs: a box is walked in row-major order as runs along its last axis. c becomes the first coordinate of the box;
 * mcu_next_run moves to the next run and returns 0 behind the last one. Call mcu_first_run first: 0 means an empty box. */
static inline int32_t mcu_first_run(const mcu_view_t *view, int32_t *c) {
    int32_t some = 1;
    for (int32_t i = 0; i < view->rank; i++) {
        c[i] = view->axes[i].lo;
        some = some && view->axes[i].lo < view->axes[i].hi;
    }
    return some;
}

/* The first axis from which on the box of a View is one run of bytes; the View's rank where its last axis has gaps. */
static inline int32_t mcu_joined(const mcu_view_t *view, int32_t element_bytes) {
    int32_t axis = view->rank;
    for (int32_t bytes = element_bytes; axis > 0; axis--) {
        const int32_t extent = mcu_extent(view, axis - 1);
        const int32_t turns = axis - 1 == (int32_t)view->ring_axis;
        if (extent != 1 && (turns || mcu_stride(view, axis - 1) != bytes)) {
            break;
        }
        bytes *= extent;
    }
    return axis;
}

/* Moves c to the next run, where the axes from `joined` on are one. */
static inline int32_t mcu_next_joined(const mcu_view_t *view, int32_t joined, int32_t *c) {
    for (int32_t i = joined - 1; i >= 0; i--) {
        if (++c[i] < view->axes[i].hi) {
            return 1;
        }
        c[i] = view->axes[i].lo;
    }
    return 0;
}

static inline int32_t mcu_next_run(const mcu_view_t *view, int32_t *c) {
    return mcu_next_joined(view, (int32_t)view->rank - 1, c);
}

/* Elements of a box along the axes from `joined` on. */
static inline int32_t mcu_joined_elements(const mcu_view_t *view, int32_t joined) {
    int32_t elements = 1;
    for (int32_t i = joined; i < view->rank; i++) {
        elements *= mcu_extent(view, i);
    }
    return elements;
}

static inline int32_t mcu_min(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t mcu_max(int32_t a, int32_t b) { return a > b ? a : b; }
static inline int32_t mcu_clamp(int32_t x, int32_t lo, int32_t hi) { return mcu_min(mcu_max(x, lo), hi); }

/* Elements from c on along an axis, up to the end of the box or to where a ring along that axis turns. */
static inline int32_t mcu_straight_along(const mcu_view_t *view, int32_t axis, const int32_t *c) {
    const int32_t left = view->axes[axis].hi - c[axis];
    if ((int32_t)view->ring_axis != axis) {
        return left;
    }
    return mcu_min(left, view->ring_rows - (c[axis] + view->ring_phase) % view->ring_rows);
}

/* The same along the last axis. */
static inline int32_t mcu_straight(const mcu_view_t *view, const int32_t *c) {
    return mcu_straight_along(view, (int32_t)view->rank - 1, c);
}

/* Moves c behind so many elements of a run; 0 behind the last one of the box. */
static inline int32_t mcu_next_straight(const mcu_view_t *view, int32_t elements, int32_t *c) {
    const int32_t last = (int32_t)view->rank - 1;
    c[last] += elements;
    if (c[last] < view->axes[last].hi) {
        return 1;
    }
    c[last] = view->axes[last].lo;
    return mcu_next_run(view, c);
}

/* Broadcasting. from[] becomes the coordinate of `view` that output coordinate c reads: an axis along which the View
 * has a single element stays there. Works for axes that do not broadcast, too. */
static inline void mcu_broadcast(const mcu_view_t *view, const int32_t *c, int32_t *from) {
    for (int32_t i = 0; i < view->rank; i++) {
        from[i] = mcu_extent(view, i) == 1 ? view->axes[i].lo : c[i];
    }
}

/* Step in bytes along the last axis that belongs to mcu_broadcast: 0 for an axis with a single element. */
static inline int32_t mcu_broadcast_stride(const mcu_view_t *view) {
    const int32_t last = (int32_t)view->rank - 1;
    return mcu_extent(view, last) == 1 ? 0 : mcu_stride(view, last);
}

#ifdef __cplusplus
}
#endif

#endif
