#ifndef MCU_INLINE_H
#define MCU_INLINE_H

/* For functions whose loop needs all registers to itself: kept out of the caller's body. */
#if defined(__GNUC__)
#define MCU_APART __attribute__((noinline))
#else
#define MCU_APART
#endif

/* The same, and with the instructions in the order they are written in: GCC would load ahead, and run out of registers. */
#if defined(__GNUC__) && !defined(__clang__)
#define MCU_AS_WRITTEN __attribute__((noinline, optimize("no-schedule-insns")))
#else
#define MCU_AS_WRITTEN MCU_APART
#endif

#endif
