/* @title@, made by mcu_lab: one of the models of @home@.h. Do not edit: make it again. */
#ifndef @NAME@_H
#define @NAME@_H

#include "@home@.h"

#ifdef __cplusplus
extern "C" {
#endif

@functions@
#ifdef __cplusplus
}
#endif

#endif
