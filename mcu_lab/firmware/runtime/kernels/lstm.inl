/* UNIDIRECTIONAL_SEQUENCE_LSTM, for MCU_KERNEL with elements MCU_HIDDEN of inputs and outputs, MCU_CELL of cells, and
 * MCU_NUMBER of what gates give:
 *   gate_of(p, gate, x, x_step, w, w_step, hidden, r, r_step, bias)
 *   cell_of(p, cell, gates), hidden_of(p, cell, gate_out)
 * Scratch holds the cells, the last output and the one under way of one sequence, so that states may be written where they
 * lie. */
int32_t MCU_KERNEL(const mcu_call_t *call);

static void MCU_LEAVE(const mcu_call_t *call, int32_t output, int32_t b, const uint8_t *values, size_t element_bytes) {
    const mcu_view_t *view = mcu_out(call, output);
    const int32_t last = view ? (int32_t)view->rank - 1 : 0;
    if (!view || b < view->axes[last - 1].lo || b >= view->axes[last - 1].hi) {
        return;
    }
    int32_t at[MCU_MAX_RANK] = {0};
    at[last - 1] = b;
    for (at[last] = view->axes[last].lo; at[last] < view->axes[last].hi; at[last]++) {
        memcpy(mcu_write(call, view, at), values + (size_t)at[last] * element_bytes, element_bytes);
    }
}

int32_t MCU_KERNEL(const mcu_call_t *call) {
    const mcu_lstm_params_t *p = call->args->params;
    const mcu_matrix_t x = mcu_matrix(call, mcu_in(call, 0));
    const mcu_matrix_t last_output = mcu_matrix(call, mcu_in(call, MCU_LSTM_OUTPUT));
    const mcu_matrix_t last_cell = mcu_matrix(call, mcu_in(call, MCU_LSTM_CELL));
    const mcu_view_t *out = mcu_out(call, 0);
    MCU_CELL *cell = mcu_scratch(call);
    MCU_HIDDEN *hidden = (MCU_HIDDEN *)(void *)(cell + p->cells);
    MCU_HIDDEN *fresh = hidden + p->cells;
    mcu_matrix_t w[MCU_GATES], r[MCU_GATES], biases[MCU_GATES];
    for (int32_t g = 0; g < MCU_GATES; g++) {
        w[g] = mcu_matrix(call, mcu_in(call, MCU_LSTM_WEIGHTS + g));
        r[g] = mcu_matrix(call, mcu_in(call, MCU_LSTM_RECURRENT + g));
        biases[g] = mcu_matrix(call, mcu_in(call, MCU_LSTM_BIASES + g));
    }
    for (int32_t b = 0; b < p->batch; b++) {
        for (int32_t k = 0; k < p->cells; k++) {
            memcpy(&cell[k], mcu_row_of(&last_cell, 0, b) + k * last_cell.along[2], sizeof(MCU_CELL));
            memcpy(&hidden[k], mcu_row_of(&last_output, 0, b) + k * last_output.along[2], sizeof(MCU_HIDDEN));
        }
        for (int32_t t = 0; t < p->steps; t++) {
            const uint8_t *given = p->time_major ? mcu_row_of(&x, t, b) : mcu_row_of(&x, b, t);
            for (int32_t k = 0; k < p->cells; k++) {
                MCU_NUMBER gates[MCU_GATES];
                for (int32_t g = 0; g < MCU_GATES; g++) {
                    gates[g] = gate_of(p, g, given, x.along[2], mcu_row_of(&w[g], 0, k), w[g].along[2], hidden,
                                       mcu_row_of(&r[g], 0, k), r[g].along[2], biases[g].at + k * biases[g].along[2]);
                }
                cell[k] = cell_of(p, cell[k], gates);
                fresh[k] = hidden_of(p, cell[k], gates[MCU_GATE_OUT]);
            }
            memcpy(hidden, fresh, (size_t)p->cells * sizeof(MCU_HIDDEN));
            if (out) {
                const int32_t axis = (int32_t)out->rank - 1;
                int32_t at[MCU_MAX_RANK] = {0};
                at[axis - 2] = p->time_major ? t : b;
                at[axis - 1] = p->time_major ? b : t;
                int32_t inside = 1;
                for (int32_t i = axis - 2; i < axis; i++) {
                    inside = inside && out->axes[i].lo <= at[i] && at[i] < out->axes[i].hi;
                }
                for (at[axis] = out->axes[axis].lo; inside && at[axis] < out->axes[axis].hi; at[axis]++) {
                    memcpy(mcu_write(call, out, at), &hidden[at[axis]], sizeof(MCU_HIDDEN));
                }
            }
        }
        MCU_LEAVE(call, 1, b, (const uint8_t *)hidden, sizeof(MCU_HIDDEN));
        MCU_LEAVE(call, 2, b, (const uint8_t *)(const void *)cell, sizeof(MCU_CELL));
    }
    return MCU_OK;
}
