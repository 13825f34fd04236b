/* @title@, made by mcu_lab. Do not edit: make it again. */
#ifndef @NAME@_H
#define @NAME@_H

#include "mcu_table.h"

#ifdef __cplusplus
extern "C" {
#endif

@context_part@
@functions@
#ifdef __cplusplus
}
#endif

#endif
