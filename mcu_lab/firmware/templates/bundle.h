/* @title@, made by mcu_lab: models that take turns in one arena. Do not edit: make it again. */
#ifndef @HOME@_H
#define @HOME@_H

#include "mcu_table.h"

#ifdef __cplusplus
extern "C" {
#endif

@context_part@
/* Once, before the first run of any model: the init of each. MCU_OK or a negative code. */
int32_t @home@_init(const @context@ *context);

/* For tests: all memories. */
void @home@_memories(const @context@ *context, mcu_memory_t *memory);

#ifdef __cplusplus
}
#endif

/* The models. All of them take one and the same context, in which their inputs, outputs and what lies between share their
 * bytes: from setting the first input of one to getting its last output no other may be run or set. */
@member_includes@
#endif
