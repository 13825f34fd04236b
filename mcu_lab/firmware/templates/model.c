/* @title@, made by mcu_lab: the plan's steps, folded (mcu_unfold.c). Do not edit: make it again. */
#include "@name@.h"
@stream_include@@declarations@

@weights_declarations@

@definitions@

const mcu_tensor_t *@name@_input(int32_t index) {
    return index >= 0 && index < @NAME@_INPUTS ? &inputs[index] : NULL;
}

const mcu_tensor_t *@name@_output(int32_t index) {
    return index >= 0 && index < @NAME@_OUTPUTS ? &outputs[index] : NULL;
}

@memories_code@@reset_code@int32_t @name@_init(const @context@ *context) {
@checks@@initial@    return @started@;
}

int32_t @name@_set_input(const @context@ *context, int32_t index, const void *values) {
    mcu_memory_t memory[@HOME@_MEMORIES];
    const mcu_tensor_t *tensor = @name@_input(index);
    if (!tensor || !values) {
        return MCU_E_ARGUMENT;
    }
    @home@_memories(context, memory);
    return mcu_scatter(memory, tensor, values);
}

int32_t @name@_get_output(const @context@ *context, int32_t index, void *values) {
    mcu_memory_t memory[@HOME@_MEMORIES];
    const mcu_tensor_t *tensor = @name@_output(index);
    if (!tensor || !values) {
        return MCU_E_ARGUMENT;
    }
    @home@_memories(context, memory);
    return mcu_gather(memory, tensor, values);
}

/* Runs on from where `progress` is; the row that is unfolded lies on the stack. */
static int32_t run_on(const @context@ *context, mcu_progress_t *progress, const mcu_port_t *port) {
    mcu_memory_t memory[@HOME@_MEMORIES];
    mcu_slot_t slots[@room_slots@];
    const mcu_view_t *outs[@room_outs@];
    mcu_view_t views[@room_views@];
    mcu_axis_t axes[@room_axes@];
    const mcu_room_t room = {slots, outs, views, axes};
    @home@_memories(context, memory);
    return mcu_run(&table, progress, &room, memory, port);
}

int32_t @name@_run_rows(const @context@ *context, int32_t *failed_row) {
    mcu_frame_t frames[@NAME@_FRAMES];
    uint16_t runs[@NAME@_COUNTERS];
    mcu_progress_t progress = {frames, runs, 0, 0};
    mcu_begin(&table, &progress);
    int32_t code = run_on(context, &progress, context->port);
    code = code == MCU_LATER ? MCU_E_PORT : code; /* there is nobody who could go on later */
    if (code < 0 && failed_row) {
        *failed_row = progress.row;
    }
    return code;
}

int32_t @name@_run(const @context@ *context) { return @name@_run_rows(context, NULL); }
@stream_code@