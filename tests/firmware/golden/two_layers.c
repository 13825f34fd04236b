/* two layers, made by mcu_lab: the plan's steps, folded (mcu_unfold.c). Do not edit: make it again. */
#include "two_layers.h"
#include "fully_connected.h"
#include "move.h"

int32_t mcu_fully_connected_int8(const mcu_call_t *call);
int32_t mcu_move(const mcu_call_t *call);

extern const uint32_t two_layers_weights[6];

static const int32_t values_0[] = {0};
static const int32_t values_1[] = {0, 0, 0, 1};
static const int32_t values_2[] = {1, 1, 2, 2};
static const mcu_move_params_t move_params_3 = {
    .gather = 1, .whole_slot = 0, .parts = 1, .rank = 4, .part_slot = values_0, .origin = values_0,
    .strides = values_1, .shape = values_2, .fills = 0, .fill = 0, .fill_slot = -1};
static const int32_t values_4[] = {1, 1, 1, 4};
static const int32_t values_5[] = {1, 1, 1, 3};
static const int32_t values_6[] = {1431655765};
static const int8_t values_7[] = {-2};
static const int32_t values_8[] = {1398101};
static const mcu_fully_connected_params_t fully_connected_params_9 = {
    .depth = 4, .rank = 4, .input_shape = values_4, .output_shape = values_5, .reduce_unit = 1,
    .multiplier = values_6, .shift = values_7, .rest = values_8, .per_channel = 0, .narrow = 1,
    .quant.input_offset = -1, .quant.weights_offset = 0, .quant.output_offset = -2, .quant.act_min = -128,
    .quant.act_max = 127};
static const mcu_axis_t axes_10[] = {{0, 1, 0}, {0, 1, 0}, {0, 2, 2}, {0, 2, 1}};
static const mcu_view_t views_11[] = {{axes_10, 0, 0, 0, MCU_NO_RING, 0, 4}};
static const mcu_axis_t axes_12[] = {{0, 1, 0}, {0, 1, 0}, {0, 1, 0}, {0, 3, 1}};
static const mcu_view_t views_13[] = {{axes_12, 0, 0, 0, MCU_NO_RING, 0, 4}};

static const uint8_t code[] = {
    /* 0: RESHAPE x flat */
    0, 20, 1, 1, 1, 1, 0, 40, 0, 0, 1, 2, 2, 0, 56, 0, 8, 1, 4,
    /* 1: FULLY_CONNECTED x out */
    0, 20, 2, 2, 3, 1, 2, 14, 0, 40, 1, 0, 1, 3, 4, 0, 56, 1, 24, 4, 3, 0, 56, 0, 0, 1, 3
};
static const uint16_t patterns[] = {
    0, 19
};
static const uint8_t order[] = {
    2, 3, 0
};
static const uint16_t rules[] = {
    0
};
static const mcu_kernel_t kernels[] = {
    mcu_move, mcu_fully_connected_int8
};
static const void *const params[] = {
    &move_params_3, &fully_connected_params_9
};
static const mcu_table_t table = {code, patterns, order, rules, kernels, params, 0, 2};

static const mcu_tensor_t inputs[] = {{views_11, NULL, 1, 1}};
static const mcu_tensor_t outputs[] = {{views_13, NULL, 1, 1}};

const mcu_tensor_t *two_layers_input(int32_t index) {
    return index >= 0 && index < TWO_LAYERS_INPUTS ? &inputs[index] : NULL;
}

const mcu_tensor_t *two_layers_output(int32_t index) {
    return index >= 0 && index < TWO_LAYERS_OUTPUTS ? &outputs[index] : NULL;
}

void two_layers_memories(const two_layers_context_t *context, mcu_memory_t *memory) {
    (void)context;
    memory[0].read = context->arena;
    memory[0].write = context->arena;
    memory[1].read = (const uint8_t *)two_layers_weights;
    memory[1].write = NULL;
}

int32_t two_layers_init(const two_layers_context_t *context) {
    if (!context ||
        !context->arena || (uintptr_t)context->arena % TWO_LAYERS_ALIGNMENT) {
        return MCU_E_ARGUMENT;
    }
    return MCU_OK;
}

int32_t two_layers_set_input(const two_layers_context_t *context, int32_t index, const void *values) {
    mcu_memory_t memory[TWO_LAYERS_MEMORIES];
    const mcu_tensor_t *tensor = two_layers_input(index);
    if (!tensor || !values) {
        return MCU_E_ARGUMENT;
    }
    two_layers_memories(context, memory);
    return mcu_scatter(memory, tensor, values);
}

int32_t two_layers_get_output(const two_layers_context_t *context, int32_t index, void *values) {
    mcu_memory_t memory[TWO_LAYERS_MEMORIES];
    const mcu_tensor_t *tensor = two_layers_output(index);
    if (!tensor || !values) {
        return MCU_E_ARGUMENT;
    }
    two_layers_memories(context, memory);
    return mcu_gather(memory, tensor, values);
}

/* Runs on from where `progress` is; the row that is unfolded lies on the stack. */
static int32_t run_on(const two_layers_context_t *context, mcu_progress_t *progress, const mcu_port_t *port) {
    mcu_memory_t memory[TWO_LAYERS_MEMORIES];
    mcu_slot_t slots[3];
    const mcu_view_t *outs[1];
    mcu_view_t views[4];
    mcu_axis_t axes[16];
    const mcu_room_t room = {slots, outs, views, axes};
    two_layers_memories(context, memory);
    return mcu_run(&table, progress, &room, memory, port);
}

int32_t two_layers_run_rows(const two_layers_context_t *context, int32_t *failed_row) {
    mcu_frame_t frames[TWO_LAYERS_FRAMES];
    uint16_t runs[TWO_LAYERS_COUNTERS];
    mcu_progress_t progress = {frames, runs, 0, 0};
    mcu_begin(&table, &progress);
    int32_t code = run_on(context, &progress, context->port);
    code = code == MCU_LATER ? MCU_E_PORT : code; /* there is nobody who could go on later */
    if (code < 0 && failed_row) {
        *failed_row = progress.row;
    }
    return code;
}

int32_t two_layers_run(const two_layers_context_t *context) { return two_layers_run_rows(context, NULL); }
