/* Inputs of @title@ and what must come out, made by mcu_lab for main.c. */
#include "@name@_test_vector.h"

#include "mcu_lab.h"

@vector_arrays@

const void *const @name@_test_inputs[] = {@vector_inputs@};
const void *const @name@_test_outputs[] = {@vector_outputs@};
void *const @name@_test_banks[] = {@vector_banks@};
