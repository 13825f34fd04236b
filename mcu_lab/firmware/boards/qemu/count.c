/* QEMU plugin (API version 1): instructions executed between marks, one line each, written to the file of option out=.
 * A mark is the hint `dbg #0` (f3af 80f0), which cores ignore and compilers never emit. The declarations below are the
 * part of QEMU's plugin interface that this uses; distributions do not package its header. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*translated_t)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*executed_t)(unsigned int cpu, void *data);
typedef void (*finished_t)(qemu_plugin_id_t id, void *data);
enum { INLINE_ADD_U64 = 0, NO_REGISTERS = 0 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, translated_t callback);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *at, uint64_t amount);
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *i, int op, void *at, uint64_t amount);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *i, executed_t callback, int flags, void *data);
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, finished_t callback, void *data);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;
int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

static uint64_t executed;
static uint64_t at_last_mark;
static bool marked;
static FILE *out;

static bool is_mark(const struct qemu_plugin_insn *insn) {
    /* The data may hold the next instruction too, where this one ends just before a page: so "at least 4". */
    static const uint8_t mark[4] = {0xaf, 0xf3, 0xf0, 0x80};
    return qemu_plugin_insn_size(insn) >= 4 && !memcmp(qemu_plugin_insn_data(insn), mark, sizeof mark);
}

static void on_mark(unsigned int cpu, void *data) {
    (void)cpu;
    (void)data;
    if (marked) {
        fprintf(out, "%llu\n", (unsigned long long)(executed - at_last_mark - 1)); /* not the mark itself */
    }
    marked = true;
    at_last_mark = executed;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    const size_t count = qemu_plugin_tb_n_insns(tb);
    bool marks = false;
    (void)id;
    for (size_t i = 0; i < count; i++) {
        marks = marks || is_mark(qemu_plugin_tb_get_insn(tb, i));
    }
    if (!marks) {
        qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &executed, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD_U64, &executed, 1);
        if (is_mark(insn)) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, NO_REGISTERS, NULL);
        }
    }
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *data) {
    (void)id;
    (void)data;
    fclose(out);
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
                                                               char **argv) {
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "out=", 4)) {
            out = fopen(argv[i] + 4, "w");
        }
    }
    if (!out) {
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
