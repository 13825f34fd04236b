/* What the self-test needs of the machine it runs on. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

void board_print(const char *text);
/* Called before a run, and after it: the deepest stack use in between, in bytes; -1 where that is not known. */
void board_stack_mark(void);
int32_t board_stack_bytes(void);
/* Tells an emulator that counts instructions that a row is done; does nothing elsewhere. */
void board_mark(void);

#endif
