/* Inputs of @title@ and what must come out, made by mcu_lab for main.c. */
#include "@home@_test_vector.h"

#include "mcu_lab.h"

@vector_arrays@

@vector_tables@void *const @home@_test_banks[] = {@vector_banks@};
