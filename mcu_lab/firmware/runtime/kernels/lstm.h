#ifndef MCU_LSTM_H
#define MCU_LSTM_H

#include "mcu_lab.h"

/* UNIDIRECTIONAL_SEQUENCE_LSTM. clip is that of floats (0: none), the fields from multipliers on are those of integers. */
typedef struct mcu_lstm_params {
    int32_t batch, steps, inputs, cells;
    int32_t time_major;
    float clip;
    const int32_t *multipliers; /* of the four gates for products with the input, then for those with the last output */
    const int32_t *shifts;
    int32_t hidden_multiplier, hidden_shift, hidden_zero;
    int32_t input_zero, output_zero;
    int32_t cell_shift, tanh_bits, fixed_clip;
} mcu_lstm_params_t;

enum { MCU_GATE_IN, MCU_GATE_FORGET, MCU_GATE_CELL, MCU_GATE_OUT, MCU_GATES };
enum { MCU_LSTM_WEIGHTS = 1, MCU_LSTM_RECURRENT = 5, MCU_LSTM_BIASES = 12, MCU_LSTM_OUTPUT = 18, MCU_LSTM_CELL = 19 };

#endif
