/* two layers, made by mcu_lab: one row a step of the plan. Do not edit: make it again. */
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
    .strides = values_1, .shape = values_2, .fills = 0, .fill = 0};
static const mcu_axis_t axes_4[] = {{0, 1, 0}, {0, 1, 4}, {0, 2, 2}, {0, 2, 1}};
static const mcu_view_t view_5[] = {{axes_4, 0, 0, 0, MCU_NO_RING, 0, 4}};
static const mcu_axis_t axes_6[] = {{0, 1, 0}, {0, 1, 0}, {0, 1, 4}, {0, 4, 1}};
static const mcu_view_t view_7[] = {{axes_6, 4, 0, 0, MCU_NO_RING, 0, 4}};
static const mcu_slot_t in_8[] = {{view_5, 1}};
static const mcu_view_t *const out_9[] = {view_7};
static const mcu_args_t args_10 = {
    .in = in_8, .out = out_9, .params = &move_params_3, .in_count = 1, .out_count = 1, .element_bytes = 1,
    .scratch = -1};
static const int32_t values_11[] = {1, 1, 1, 4};
static const int32_t values_12[] = {1, 1, 1, 3};
static const int32_t values_13[] = {1431655765};
static const int8_t values_14[] = {-2};
static const mcu_fully_connected_params_t fully_connected_params_15 = {
    .depth = 4, .reduce_unit = 1, .rank = 4, .input_shape = values_11, .output_shape = values_12,
    .quant.input_offset = -1, .quant.weights_offset = 0, .quant.output_offset = -2, .quant.act_min = -128,
    .quant.act_max = 127, .multiplier = values_13, .shift = values_14, .per_channel = 0};
static const mcu_axis_t axes_16[] = {{0, 1, 0}, {0, 1, 0}, {0, 3, 4}, {0, 4, 1}};
static const mcu_view_t view_17[] = {{axes_16, 0, 0, 0, MCU_NO_RING, 1, 4}};
static const mcu_axis_t axes_18[] = {{0, 1, 0}, {0, 1, 0}, {0, 1, 0}, {0, 3, 4}};
static const mcu_view_t view_19[] = {{axes_18, 12, 0, 0, MCU_NO_RING, 1, 4}};
static const mcu_axis_t axes_20[] = {{0, 1, 0}, {0, 1, 0}, {0, 1, 3}, {0, 3, 1}};
static const mcu_view_t view_21[] = {{axes_20, 0, 0, 0, MCU_NO_RING, 0, 4}};
static const mcu_slot_t in_22[] = {{view_7, 1}, {view_17, 1}, {view_19, 1}};
static const mcu_view_t *const out_23[] = {view_21};
static const mcu_args_t args_24 = {
    .in = in_22, .out = out_23, .params = &fully_connected_params_15, .in_count = 3, .out_count = 1,
    .element_bytes = 1, .scratch = -1};

static const mcu_step_t steps[] = {
    /* 0 RESHAPE x flat */
    {mcu_move, &args_10},
    /* 1 FULLY_CONNECTED x out */
    {mcu_fully_connected_int8, &args_24}
};

static const mcu_view_t *const input_views[] = {view_5};
static const mcu_view_t *const output_views[] = {view_21};
static const uint8_t input_element_bytes[] = {1};
static const uint8_t output_element_bytes[] = {1};

const mcu_view_t *two_layers_input_view(int32_t index) {
    return index >= 0 && index < TWO_LAYERS_INPUTS ? input_views[index] : NULL;
}

const mcu_view_t *two_layers_output_view(int32_t index) {
    return index >= 0 && index < TWO_LAYERS_OUTPUTS ? output_views[index] : NULL;
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
    const mcu_view_t *view = two_layers_input_view(index);
    if (!view || !values) {
        return MCU_E_ARGUMENT;
    }
    two_layers_memories(context, memory);
    return mcu_scatter(memory, view, input_element_bytes[index], values);
}

int32_t two_layers_get_output(const two_layers_context_t *context, int32_t index, void *values) {
    mcu_memory_t memory[TWO_LAYERS_MEMORIES];
    const mcu_view_t *view = two_layers_output_view(index);
    if (!view || !values) {
        return MCU_E_ARGUMENT;
    }
    two_layers_memories(context, memory);
    return mcu_gather(memory, view, output_element_bytes[index], values);
}

int32_t two_layers_run_rows(const two_layers_context_t *context, int32_t *failed_row) {
    mcu_memory_t memory[TWO_LAYERS_MEMORIES];
    two_layers_memories(context, memory);
    return mcu_run(steps, TWO_LAYERS_STEPS, memory, context->port, failed_row);
}

int32_t two_layers_run(const two_layers_context_t *context) { return two_layers_run_rows(context, NULL); }
