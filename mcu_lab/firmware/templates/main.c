/* Self-test of @title@, made by mcu_lab: sets the stored inputs, runs, compares the outputs byte by byte.
 * With MCU_TRACE it prints a checksum after every row and all bytes of the outputs, with MCU_COUNT it marks the end of
 * every row for an emulator that counts instructions; with MCU_PUSH=n it pushes a streamed input n rows at a time.
 * Exit code: 0 all equal. */
#include "@home@.h"
#include "@home@_test_vector.h"
#include "board.h"
#ifdef MCU_TRACE
#include "mcu_trace.h"
#endif

enum { GUARD_BYTES = 64, GUARD = 0x5a, POISON = 0xa5, PENDING = 0xdb, MOST_PENDING = @most_pending@ };

@arrays@
static uint8_t output[@largest_output@];

/* A memory that only the port reaches, played by an array. What a read fetches arrives as late as allowed. */
typedef struct pending {
    int32_t transfer;
    uint8_t *to;
    const uint8_t *from;
    uint32_t bytes;
} pending_t;

typedef struct bench {
    pending_t pending[MOST_PENDING];
    mcu_memory_t memory[@HOME@_MEMORIES]; /* also those that only the port reaches */
} bench_t;

static int32_t transfer_start(bench_t *bench, int32_t transfer, uint8_t *to, const uint8_t *from, uint32_t bytes) {
    for (int32_t i = 0; i < MOST_PENDING; i++) {
        if (!bench->pending[i].to) {
            const pending_t started = {transfer, to, from, bytes};
            bench->pending[i] = started;
            memset(to, PENDING, bytes);
            return MCU_OK;
        }
    }
    return -100;
}

static int32_t transfer_wait(void *context, int32_t transfer) {
    bench_t *bench = context;
    for (int32_t i = 0; i < MOST_PENDING; i++) {
        pending_t *p = &bench->pending[i];
        if (p->to && p->transfer == transfer) {
            for (uint32_t b = 0; b < p->bytes; b++) {
                if (p->to[b] != PENDING) {
                    return -101; /* somebody wrote where a transfer was under way */
                }
            }
            memcpy(p->to, p->from, p->bytes);
            p->to = NULL;
            return MCU_OK;
        }
    }
    return -102;
}

static int32_t read_start(void *context, int32_t transfer, uint8_t memory, uint32_t offset, void *to, uint32_t bytes) {
    const uint8_t *bank = @home@_test_banks[memory];
    return bank ? transfer_start(context, transfer, to, bank + offset, bytes) : -103;
}

static int32_t write_start(void *context, int32_t transfer, uint8_t memory, uint32_t offset, const void *from,
                           uint32_t bytes) {
    uint8_t *bank = @home@_test_banks[memory];
    return bank ? transfer_start(context, transfer, bank + offset, from, bytes) : -103;
}

static void print_number(const char *label, int32_t value) {
    char text[12];
    int32_t at = 11;
    uint32_t left = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
    text[at] = 0;
    do {
        text[--at] = (char)('0' + (char)(left % 10u));
        left /= 10u;
    } while (left);
    if (value < 0) {
        text[--at] = '-';
    }
    board_print(label);
    board_print(&text[at]);
}

#ifdef MCU_TRACE
static void print_hex(uint32_t value, int32_t digits) {
    char text[9] = {0};
    for (int32_t i = 0; i < digits; i++) {
        text[i] = "0123456789abcdef"[(value >> (4 * (digits - 1 - i))) & 15u];
    }
    board_print(text);
}

static int32_t after_step(void *context, const mcu_call_t *call) {
    const bench_t *bench = context;
    mcu_call_t seen = *call;
    seen.memory = bench->memory;
    print_number("step ", call->row);
    board_print(" ");
    print_hex(mcu_written_crc(&seen), 8);
    board_print("\n");
    return MCU_OK;
}
#endif

#ifdef MCU_COUNT
static int32_t after_step(void *context, const mcu_call_t *call) {
    (void)context;
    (void)call;
    board_mark();
    return MCU_OK;
}
#endif

static int32_t intact(const uint8_t *guard) {
    for (int32_t i = 0; i < GUARD_BYTES; i++) {
        if (guard[i] != GUARD) {
            return 0;
        }
    }
    return 1;
}

static int32_t fail(const char *what, int32_t value) {
    print_number(what, value);
    board_print("\nresult fail\n");
    return 1;
}

static void reach_all(const @context@ *context, mcu_memory_t *memory) {
    @home@_memories(context, memory);
    for (int32_t i = 0; i < @HOME@_MEMORIES; i++) {
        if (@home@_test_banks[i]) {
            memory[i].read = @home@_test_banks[i];
            memory[i].write = @home@_test_banks[i];
        }
    }
}

@turn_functions@int main(void) {
    static bench_t bench;
    static mcu_port_t port;
    @context@ context;
    int32_t code = 0;
    port.context = &bench;
    port.read_start = read_start;
    port.write_start = write_start;
    port.read_wait = transfer_wait;
    port.write_wait = transfer_wait;
#if defined(MCU_TRACE) || defined(MCU_COUNT)
    port.after_step = after_step;
#endif
    context.port = &port;
@context_setup@    code = @home@_init(&context);
    if (code < 0) {
        return fail("error: init code ", code);
    }
    reach_all(&context, bench.memory);
@turns@    board_print("result pass\n");
    return 0;
}
