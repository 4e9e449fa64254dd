// Which of many bytes are sought, as a bit for each, the first as the lowest: what Swift's vectors cannot tell. A compiler makes a few
// instructions of each function.

#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t Bytes32 __attribute__((ext_vector_type(32)));
typedef _Bool Bits32 __attribute__((ext_vector_type(32)));
typedef uint8_t Bytes64 __attribute__((ext_vector_type(64)));
typedef _Bool Bits64 __attribute__((ext_vector_type(64)));

/// The first n of `count` bytes; where they are fewer zeros stand behind them.
#define MANY_BYTES(n, run, bytes, count) \
    Bytes##n run; \
    if (count >= n) { \
        memcpy(&run, bytes, n); \
    } else { \
        run = 0; \
        memcpy(&run, bytes, count); \
    }

/// The bits of a comparison of n bytes.
#define MANY_BITS(n, comparison) \
    ({ \
        Bits##n flags = __builtin_convertvector(comparison, Bits##n); \
        uint##n##_t bits; \
        memcpy(&bits, &flags, sizeof bits); \
        bits; \
    })

/// Of 64 bytes CR and LF.
static inline uint64_t many_bytes_line_ends(const void *bytes, size_t count) {
    MANY_BYTES(64, run, bytes, count)
    return MANY_BITS(64, (run == '\n') | (run == '\r'));
}

/// Of 32 bytes what is none of `ftext` (RFC 5322, 3.6.8); zero is none.
static inline uint64_t many_bytes_outside_field_name(const void *bytes, size_t count) {
    MANY_BYTES(32, run, bytes, count)
    return MANY_BITS(32, (run - '!' > '~' - '!') | (run == ':'));
}

/// Of 64 bytes those that are `first`, once the bits of `first_case` are set, before one that is `second` alike. The last is before none.
static inline uint64_t many_bytes_pairs(
    const void *bytes, size_t count, uint8_t first, uint8_t first_case, uint8_t second, uint8_t second_case) {
    MANY_BYTES(64, run, bytes, count)
    return MANY_BITS(64, (run | first_case) == first) & MANY_BITS(64, (run | second_case) == second) >> 1;
}

/// Of 64 bytes those from `first_low` to `first_high` before one from `second_low` to `second_high`. The last is before none.
static inline uint64_t many_bytes_range_pairs(
    const void *bytes, size_t count, uint8_t first_low, uint8_t first_high, uint8_t second_low, uint8_t second_high) {
    MANY_BYTES(64, run, bytes, count)
    return MANY_BITS(64, run - first_low <= (uint8_t)(first_high - first_low))
        & MANY_BITS(64, run - second_low <= (uint8_t)(second_high - second_low)) >> 1;
}

/// Of 64 bytes the spaces.
static inline uint64_t many_bytes_spaces(const void *bytes, size_t count) {
    MANY_BYTES(64, run, bytes, count)
    return MANY_BITS(64, run == ' ');
}

/// Of 64 bytes those from `low` to `high`; zero must be none.
static inline uint64_t many_bytes_range(const void *bytes, size_t count, uint8_t low, uint8_t high) {
    MANY_BYTES(64, run, bytes, count)
    return MANY_BITS(64, run - low <= (uint8_t)(high - low));
}

/// Of 64 bytes letters, digits and `_`.
static inline uint64_t many_bytes_of_words(const void *bytes, size_t count) {
    MANY_BYTES(64, run, bytes, count)
    return MANY_BITS(64, ((run | 0x20) - 'a' < 26) | (run - '0' < 10) | (run == '_'));
}
