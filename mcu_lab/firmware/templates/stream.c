
int32_t @name@_begin(@name@_stream_t *stream, const @context@ *context) {
    if (!stream || !context) {
        return MCU_E_ARGUMENT;
    }
    mcu_progress_t progress = {stream->frames, stream->runs, 0, 0};
    mcu_begin(&table, &progress);
    stream->context = context;
    stream->pushed = 0;
    stream->depth = 0;
    stream->row = 0;
    return MCU_OK;
}

int32_t @name@_push_rows(@name@_stream_t *stream, const @row_type@ *rows, int32_t count) {
    if (!stream || count < 0 || (!rows && count)) {
        return MCU_E_ARGUMENT;
    }
    if (!stream->context || count > @NAME@_ROWS - stream->pushed) {
        return MCU_E_ORDER;
    }
    const uint32_t from = @row_start@u + (uint32_t)stream->pushed * @row_bytes@u;
    mcu_pushed_t pushed = {
        stream->context->port, (const void *)rows, from, from + (uint32_t)count * @row_bytes@u, -1, @row_memory@};
    const mcu_port_t port = mcu_pushed_port(&pushed);
    mcu_progress_t progress = {stream->frames, stream->runs, stream->depth, stream->row};
    const int32_t code = run_on(stream->context, &progress, &port);
    stream->depth = progress.depth;
    stream->row = progress.row;
    stream->pushed += count;
    if (code < 0) {
        stream->context = NULL;
        return code;
    }
    return @NAME@_ROWS - stream->pushed;
}

int32_t @name@_finish(@name@_stream_t *stream) {
    if (!stream || !stream->context) {
        return MCU_E_ORDER;
    }
    stream->context = NULL;
    return stream->pushed == @NAME@_ROWS ? MCU_OK : MCU_E_ORDER;
}
