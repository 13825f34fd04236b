/* The folded table. Written by mcu_lab/firmware/encode.py, which has the same names for the same bits.
 *
 * Order: a rule is a list of items up to the byte 0. An item is a symbol, or the byte 1, a count, and the symbol that is
 * repeated. A symbol is a pattern, or behind them all a rule; one byte, or two from byte 224 on.
 *
 * Pattern: two bytes (flags; bytes of an element and rank), numbers of the kernel and the parameters, of slots and outputs;
 * the bytes of
 * an element of each output where they differ; what the flags announce; then all Views: head, place (or where it was written before), slides.
 *
 * Numbers have seven bits a byte, low ones first; signed ones have their sign in the lowest bit. */
#include "mcu_unfold.h"

enum { END = 0, REPEAT = 1, FIRST_SYMBOL = 2, FIRST_WIDE = 224 };
enum { HAS_SUMS = 8, HAS_REDUCE = 16, HAS_SCRATCH = 32, AWAITS = 64, HAS_PERIOD = 128 };
enum { RANK = 7, OWN_SIZES = 8 };
enum { MORE = 1, KNOWN = 2, SLIDES_AT = 2, ABSENT = 0xff };
enum { DENSE = 0, GIVEN = 1, PACKED = 2, ANCHORED = 3, KIND = 3, HAS_RING = 4, FROM_ZERO = 8, FRONT_AT = 4 };
enum { AXIS = 7, OUTER = 8 };

/* Reads numbers; digit[0] is the run's number, or what is left of it by whole periods, digit[1] those. */
typedef struct reader {
    const uint8_t *code;
    const uint8_t *at;
    int32_t rank;
    int32_t digit[2];
} reader_t;

static uint32_t longer(const uint8_t **at, uint32_t number) {
    for (uint32_t bits = 7; bits < 32u && number >> bits; bits += 7) {
        number = (number & ((1u << bits) - 1u)) | (uint32_t)*(*at)++ << bits;
    }
    return number;
}

static inline int32_t unsigned_at(const uint8_t **at) {
    const uint32_t first = *(*at)++;
    return (int32_t)(first < 128u ? first : longer(at, first));
}

static inline int32_t signed_at(const uint8_t **at) {
    const int32_t number = unsigned_at(at);
    const int32_t half = (int32_t)((uint32_t)number >> 1);
    return number & 1 ? ~half : half;
}

int32_t mcu_next_pattern(const mcu_table_t *table, mcu_progress_t *progress) {
    for (;;) {
        mcu_frame_t *frame = &progress->frames[progress->depth];
        const uint8_t *at = table->order + frame->at;
        int32_t count = 1;
        int32_t symbol = *at++;
        if (symbol == END) {
            if (progress->depth == 0) {
                return -1;
            }
            progress->depth--;
            mcu_step_done(table, progress, -1);
            continue;
        }
        if (symbol == REPEAT) {
            count = unsigned_at(&at);
            symbol = *at++;
        }
        if (symbol >= FIRST_WIDE) {
            symbol = FIRST_WIDE + (symbol - FIRST_WIDE) * 256 + *at;
        }
        symbol -= FIRST_SYMBOL;
        if (frame->left == 0) {
            frame->left = (uint16_t)count;
        }
        if (symbol < table->pattern_count) {
            return symbol;
        }
        progress->depth++;
        frame[1].at = table->rules[symbol - table->pattern_count];
        frame[1].left = 0;
    }
}

void mcu_step_done(const mcu_table_t *table, mcu_progress_t *progress, int32_t pattern) {
    mcu_frame_t *frame = &progress->frames[progress->depth];
    if (pattern >= 0) {
        progress->row++;
        if (pattern < table->counters) {
            progress->runs[pattern]++;
        }
    }
    if (--frame->left == 0) {
        const uint8_t *at = table->order + frame->at;
        if (*at == REPEAT) {
            at++;
            (void)unsigned_at(&at);
        }
        at += *at >= FIRST_WIDE ? 2 : 1;
        frame->at = (uint16_t)(at - table->order);
    }
}

/* Moves the range of an axis, clipped to what it is. */
static inline void slide(reader_t *r, int32_t head, int32_t *lo, int32_t *hi) {
    const int32_t base = signed_at(&r->at);
    const int32_t size = unsigned_at(&r->at);
    const int32_t step = signed_at(&r->at);
    const int32_t from = base + step * r->digit[head & OUTER ? 1 : 0];
    const int32_t first = *lo;
    const int32_t last = *hi;
    *lo = mcu_clamp(from, first, last);
    *hi = mcu_clamp(from + size, first, last);
}

/* Row-major strides for the axes behind the first `front`. */
static inline void follow(mcu_axis_t *axes, int32_t front, int32_t rank, int32_t unit, int32_t from_zero) {
    for (int32_t i = rank - 1; i >= front; i--) {
        axes[i].stride = unit;
        unit = (int32_t)((uint32_t)unit * (uint32_t)(axes[i].hi - (from_zero ? 0 : axes[i].lo)));
    }
}

/* Reads a View, whose head has been read, into view and axes. */
static void read_view(reader_t *r, int32_t head, mcu_view_t *view, mcu_axis_t *axes) {
    const int32_t rank = r->rank;
    const uint8_t *at = head & KNOWN ? r->code + unsigned_at(&r->at) : r->at;
    const int32_t form = *at++;
    const int32_t kind = form & KIND;
    const int32_t front = form >> FRONT_AT;
    int32_t unit = 0;
    view->axes = axes;
    view->rank = (uint8_t)rank;
    view->memory = (uint8_t)unsigned_at(&at);
    view->offset = signed_at(&at);
    view->ring_axis = MCU_NO_RING;
    view->ring_rows = 0;
    view->ring_phase = 0;
    if (kind == DENSE || kind == PACKED) {
        unit = unsigned_at(&at);
    }
    if (form & HAS_RING) {
        view->ring_axis = (uint8_t)unsigned_at(&at);
        view->ring_rows = unsigned_at(&at);
        view->ring_phase = signed_at(&at);
    }
    for (int32_t i = 0; i < front; i++) {
        axes[i].lo = 0;
        axes[i].hi = 1;
        axes[i].stride = 0;
    }
    for (int32_t i = front; i < rank; i++) {
        axes[i].lo = form & FROM_ZERO ? 0 : signed_at(&at);
        axes[i].hi = axes[i].lo + unsigned_at(&at);
    }
    if (kind == DENSE) {
        follow(axes, front, rank, unit, 1);
    } else if (kind != PACKED) {
        for (int32_t i = front; i < rank; i++) {
            axes[i].stride = signed_at(&at);
        }
    }
    if (!(head & KNOWN)) {
        r->at = at;
    }
    for (int32_t left = head >> SLIDES_AT; left > 0; left--) {
        const int32_t which = *r->at++;
        slide(r, which, &axes[which & AXIS].lo, &axes[which & AXIS].hi);
    }
    if (kind == PACKED) {
        follow(axes, front, rank, unit, 0);
    }
    for (int32_t i = front; i < rank && kind >= PACKED; i++) {
        view->offset = (int32_t)((uint32_t)view->offset - (uint32_t)axes[i].lo * (uint32_t)axes[i].stride);
    }
}

mcu_kernel_t mcu_unfold(const mcu_table_t *table, const mcu_progress_t *progress, int32_t pattern,
                        const mcu_room_t *room, mcu_args_t *args) {
    reader_t r = {table->code, table->code + table->patterns[pattern], 0, {0, 0}};
    const int32_t flags = *r.at++;
    const int32_t elements = *r.at++;
    const int32_t kernel = unsigned_at(&r.at);
    const int32_t params = unsigned_at(&r.at);
    mcu_view_t *view = room->views;
    mcu_axis_t *axes = room->axes;
    r.rank = elements & RANK;
    r.digit[0] = pattern < table->counters ? (int32_t)progress->runs[pattern] : 0;
    args->in = room->slots;
    args->out = room->outs;
    args->params = params ? table->params[params - 1] : NULL;
    args->sums = NULL;
    args->reduce_lo = 0;
    args->reduce_hi = 0;
    args->scratch = -1;
    args->scratch_memory = 0;
    args->in_count = (uint16_t)unsigned_at(&r.at);
    args->out_count = (uint16_t)unsigned_at(&r.at);
    args->flags = (uint8_t)(flags & (MCU_FIRST | MCU_LAST | MCU_STARTS));
    args->element_bytes = (uint8_t)(elements >> 4);
    args->out_bytes = NULL;
    if (elements & OWN_SIZES) {
        args->out_bytes = r.at;
        r.at += args->out_count;
    }
    args->transfer = progress->row - (flags & AWAITS ? unsigned_at(&r.at) : 0);
    if (flags & HAS_PERIOD) {
        const int32_t period = unsigned_at(&r.at);
        r.digit[1] = r.digit[0] / period;
        r.digit[0] %= period;
    }
    if (flags & HAS_SCRATCH) {
        args->scratch_memory = (uint8_t)unsigned_at(&r.at);
        args->scratch = unsigned_at(&r.at);
    }
    if (flags & HAS_REDUCE) {
        args->reduce_lo = unsigned_at(&r.at);
        args->reduce_hi = args->reduce_lo + unsigned_at(&r.at);
        if (*r.at++) {
            const int32_t which = *r.at++;
            slide(&r, which, &args->reduce_lo, &args->reduce_hi);
        }
    }
    for (int32_t slot = 0; slot < args->in_count; slot++) {
        int32_t head = *r.at++;
        room->slots[slot].views = view;
        room->slots[slot].count = 0;
        while (head != ABSENT) {
            room->slots[slot].count++;
            read_view(&r, head, view++, axes);
            axes += r.rank;
            head = head & MORE ? *r.at++ : ABSENT;
        }
    }
    for (int32_t out = 0; out < args->out_count; out++) {
        const int32_t head = *r.at++;
        room->outs[out] = head == ABSENT ? NULL : view;
        if (head != ABSENT) {
            read_view(&r, head, view++, axes);
            axes += r.rank;
        }
    }
    if (flags & HAS_SUMS) {
        const int32_t head = *r.at++;
        args->sums = view;
        read_view(&r, head, view, axes);
    }
    return kernel ? table->kernels[kernel - 1] : NULL;
}
