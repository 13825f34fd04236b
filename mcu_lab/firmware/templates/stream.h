
/* Input @row_input@ in rows, pushed in order as they come (a camera's lines, frames of audio), in place of setting it
 * and of @name@_run; any other input is set ahead. Nothing keeps a copy of the rows beyond the arena. */
#define @NAME@_ROWS @rows@
#define @NAME@_ROW_ELEMENTS @row_elements@

/* An inference under way. Its fields are not for others. */
typedef struct @name@_stream {
    const @context@ *context; /* NULL: none is under way */
    int32_t pushed, depth, row;
    mcu_frame_t frames[@NAME@_FRAMES];
    uint16_t runs[@NAME@_COUNTERS];
} @name@_stream_t;

/* Begins an inference. The context, and its port if there is one, must stay valid until it is finished. */
int32_t @name@_begin(@name@_stream_t *stream, const @context@ *context);

/* Takes the next `count` rows and computes as far as they allow. Returns how many rows are still wanted: 0 when the
 * outputs are there. MCU_E_ORDER: none is under way, or these are more than are wanted (then nothing has happened);
 * behind any other negative code the inference is over. */
int32_t @name@_push_rows(@name@_stream_t *stream, const @row_type@ *rows, int32_t count);

/* Ends an inference. MCU_E_ORDER: there was none, or rows were missing and outputs hold nothing of use. */
int32_t @name@_finish(@name@_stream_t *stream);
