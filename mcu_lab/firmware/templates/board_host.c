/* The self-test on a desktop machine. */
#include <stdio.h>

#include "board.h"

void board_print(const char *text) { fputs(text, stdout); }
void board_stack_mark(void) {}
int32_t board_stack_bytes(void) { return -1; }
void board_mark(void) {}
