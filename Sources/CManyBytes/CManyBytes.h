// Which of many bytes are sought, as a bit for each, the first as the lowest: what Swift's vectors cannot tell. A compiler makes a few
// instructions of each function.

#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t ManyBytes __attribute__((ext_vector_type(64)));
typedef _Bool ManyBits __attribute__((ext_vector_type(64)));

/// The first 64 of `count` bytes; where they are fewer zeros stand behind them.
#define MANY_BYTES(run, bytes, count) \
    ManyBytes run; \
    if (count >= sizeof run) { \
        memcpy(&run, bytes, sizeof run); \
    } else { \
        run = 0; \
        memcpy(&run, bytes, count); \
    }

/// The bits of a comparison.
#define MANY_BITS(comparison) \
    ({ \
        ManyBits flags = __builtin_convertvector(comparison, ManyBits); \
        uint64_t bits; \
        memcpy(&bits, &flags, sizeof bits); \
        bits; \
    })

/// CR and LF.
static inline uint64_t many_bytes_line_ends(const void *bytes, size_t count) {
    MANY_BYTES(run, bytes, count)
    return MANY_BITS((run == '\n') | (run == '\r'));
}

/// What is none of `ftext` (RFC 5322, 3.6.8); zero is none.
static inline uint64_t many_bytes_outside_field_name(const void *bytes, size_t count) {
    MANY_BYTES(run, bytes, count)
    return MANY_BITS((run - '!' > '~' - '!') | (run == ':'));
}

/// Bytes that are `first`, once the bits of `first_case` are set, before one that is `second` alike. The last byte is before none.
static inline uint64_t many_bytes_pairs(
    const void *bytes, size_t count, uint8_t first, uint8_t first_case, uint8_t second, uint8_t second_case) {
    MANY_BYTES(run, bytes, count)
    return MANY_BITS((run | first_case) == first) & MANY_BITS((run | second_case) == second) >> 1;
}
