/* Runs one after the other, each of which finds the state that the one before has left. */
#define @NAME@_TEST_FRAMES @test_frames@

/* Row-major little-endian bytes of each input and expected output, those of the first run first; an expected output may be
 * NULL: unknown. */
extern const void *const @name@_test_inputs[];
extern const void *const @name@_test_outputs[];
