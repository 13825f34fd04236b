/* Start-up of the self-test on an emulated Cortex-M: vectors, memory protection, text through semihosting.
 * BOARD_MPU_V7: the core has the ARMv7-M protection unit, with which a write to constants, a jump into data or any access
 * outside of flash and RAM faults. */
#include <stdint.h>

#include "board.h"

extern uint32_t __stack_limit[], __stack_top[], __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[];

int main(void);
void reset(void);
void fault(void);
void report_fault(void);

enum { SYS_WRITE0 = 0x04, SYS_EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026, FAULT_EXIT = 200 };
static const uint32_t PAINT = 0xa5c3f00du;

typedef struct vectors {
    uint32_t *stack;
    void (*reset)(void);
    void (*faults[14])(void);
} vectors_t;

__attribute__((section(".vectors"), used)) static const vectors_t vectors = {
    __stack_top, reset, {fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault}};

static int32_t semihost(int32_t operation, const void *argument) {
    register int32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void leave(int32_t code) {
    const int32_t reason[2] = {APPLICATION_EXIT, code};
    semihost(SYS_EXIT_EXTENDED, reason);
    for (;;) {
    }
}

void board_print(const char *text) { semihost(SYS_WRITE0, text); }

static uint32_t *stack_pointer(void) {
    uint32_t *sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    return sp;
}

static uint32_t *marked;

__attribute__((noinline)) void board_stack_mark(void) {
    marked = stack_pointer();
    for (uint32_t *word = __stack_limit; word < marked - 16; word++) {
        *(volatile uint32_t *)word = PAINT;
    }
}

int32_t board_stack_bytes(void) {
    const uint32_t *word = __stack_limit;
    while (word < marked && *word == PAINT) {
        word++;
    }
    return (int32_t)((marked - word) * 4);
}

void board_mark(void) { __asm__ volatile("dbg #0"); }

static volatile uint32_t *reg(uint32_t address) { return (volatile uint32_t *)address; }

static void print_register(const char *label, uint32_t value) {
    char text[9] = {0};
    for (int32_t i = 0; i < 8; i++) {
        text[i] = "0123456789abcdef"[(value >> (28 - 4 * i)) & 15u];
    }
    board_print(label);
    board_print(text);
}

/* The stack may be what failed: begin a new one. */
__attribute__((naked)) void fault(void) { __asm__ volatile("ldr r0, =__stack_top\n mov sp, r0\n b report_fault"); }

void report_fault(void) {
    uint32_t exception;
    __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
    print_register("\nfault: exception ", exception);
    print_register(" cfsr ", *reg(0xe000ed28u));
    print_register(" memory address ", *reg(0xe000ed34u));
    print_register(" bus address ", *reg(0xe000ed38u));
    board_print("\n");
    leave(FAULT_EXIT);
}

#ifdef BOARD_MPU_V7
static void protect(uint32_t region, uint32_t origin, uint32_t attributes) {
    *reg(0xe000ed98u) = region;
    *reg(0xe000ed9cu) = origin;
    *reg(0xe000eda0u) = attributes;
}

static void protect_memories(void) {
    const uint32_t size = (BOARD_BANK_LOG2 - 1u) << 1 | 1u;     /* and enable */
    protect(0, BOARD_FLASH_ORIGIN, 6u << 24 | 1u << 17 | size); /* read only */
    protect(1, BOARD_RAM_ORIGIN, 1u << 28 | 3u << 24 | 1u << 17 | size); /* never execute */
    *reg(0xe000ed24u) |= 1u << 16;                              /* MemManage faults on their own */
    *reg(0xe000ed94u) = 1u;                                     /* no default map */
    __asm__ volatile("dsb\n isb" ::: "memory");
}
#endif

void reset(void) {
    const uint32_t *from = __data_load;
    for (uint32_t *to = __data_start; to < __data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = __bss_start; to < __bss_end; to++) {
        *to = 0;
    }
    *reg(0xe000ed88u) |= 0xfu << 20; /* floating point and vector unit on */
    __asm__ volatile("dsb\n isb" ::: "memory");
#ifdef BOARD_MPU_V7
    protect_memories();
#endif
    leave(main());
}
