/* libFuzzer as a library: a main of one's own starts it (LLVM, "libFuzzer", "Using libFuzzer as a library"). */

#ifndef CFUZZER_H
#define CFUZZER_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

#endif
