// Which of many bytes are sought, as a bit for each, the first as the lowest: what Swift's vectors cannot tell. A compiler makes a few
// instructions of each function.

#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t Bytes8 __attribute__((ext_vector_type(8)));
typedef _Bool Bits8 __attribute__((ext_vector_type(8)));
typedef uint8_t Bytes16 __attribute__((ext_vector_type(16)));
typedef _Bool Bits16 __attribute__((ext_vector_type(16)));
typedef uint8_t Bytes32 __attribute__((ext_vector_type(32)));
typedef _Bool Bits32 __attribute__((ext_vector_type(32)));
typedef uint8_t Bytes64 __attribute__((ext_vector_type(64)));
typedef _Bool Bits64 __attribute__((ext_vector_type(64)));

/// The bits of a comparison of n bytes.
#define BITS(n, comparison) \
    ({ \
        Bits##n flags = __builtin_convertvector(comparison, Bits##n); \
        uint##n##_t bits; \
        memcpy(&bits, &flags, sizeof bits); \
        bits; \
    })

/// The bits that SOUGHT(n, run) gives for the n bytes at a place.
#define RUN(n, place, SOUGHT) \
    ({ \
        Bytes##n run; \
        memcpy(&run, place, n); \
        (uint64_t)SOUGHT(n, run); \
    })

/// The bits for the first and for the last n of n to 2n bytes.
#define TWO_RUNS(n, bytes, count, SOUGHT) \
    (RUN(n, bytes, SOUGHT) | RUN(n, (const char *)(bytes) + (count) - n, SOUGHT) << ((count) - n))

/// The bits for fewer than eight bytes.
#define SHORT_RUN(bytes, count, SOUGHT) \
    ({ \
        Bytes8 run = 0; \
        memcpy(&run, bytes, count); \
        (uint64_t)SOUGHT(8, run) & ((1u << (count)) - 1); \
    })

/// The bits that SOUGHT(n, run) gives for the first 64 of `count` bytes. Fewer are not copied to where zeros stand behind them: to read
/// at once what was written in pieces takes long.
#define MANY_BYTES(bytes, count, SOUGHT) \
    ((count) >= 64 ? RUN(64, bytes, SOUGHT) \
     : (count) >= 32 ? TWO_RUNS(32, bytes, count, SOUGHT) \
     : (count) >= 16 ? TWO_RUNS(16, bytes, count, SOUGHT) \
     : (count) >= 8 ? TWO_RUNS(8, bytes, count, SOUGHT) \
     : SHORT_RUN(bytes, count, SOUGHT))

/// Of 64 bytes CR and LF.
static inline uint64_t many_bytes_line_ends(const void *bytes, size_t count) {
#define LINE_ENDS(n, run) BITS(n, (run == '\n') | (run == '\r'))
    return MANY_BYTES(bytes, count, LINE_ENDS);
}

/// Of 32 bytes, or fewer than that, what is none of `ftext` (RFC 5322, 3.6.8): names are short.
static inline uint64_t many_bytes_outside_field_name(const void *bytes, size_t count) {
#define OUTSIDE_FIELD_NAME(n, run) BITS(n, (run - '!' > '~' - '!') | (run == ':'))
    return count >= 32 ? RUN(32, bytes, OUTSIDE_FIELD_NAME) : MANY_BYTES(bytes, count, OUTSIDE_FIELD_NAME);
}

/// Of 64 bytes those that are `first`, once the bits of `first_case` are set, before one that is `second` alike, which is
/// not 0. The last is before none.
static inline uint64_t many_bytes_pairs(
    const void *bytes, size_t count, uint8_t first, uint8_t first_case, uint8_t second, uint8_t second_case) {
#define PAIRS(n, run) (BITS(n, (run | first_case) == first) & BITS(n, (run | second_case) == second) >> 1)
    return MANY_BYTES(bytes, count, PAIRS);
}

/// Of 64 bytes those from `first_low` to `first_high` before one from `second_low` to `second_high`. The last is before none.
static inline uint64_t many_bytes_range_pairs(
    const void *bytes, size_t count, uint8_t first_low, uint8_t first_high, uint8_t second_low, uint8_t second_high) {
#define RANGE_PAIRS(n, run) \
    (BITS(n, run - first_low <= (uint8_t)(first_high - first_low)) \
     & BITS(n, run - second_low <= (uint8_t)(second_high - second_low)) >> 1)
    return MANY_BYTES(bytes, count, RANGE_PAIRS);
}

/// Of 64 bytes the spaces.
static inline uint64_t many_bytes_spaces(const void *bytes, size_t count) {
#define SPACES(n, run) BITS(n, run == ' ')
    return MANY_BYTES(bytes, count, SPACES);
}

/// Of 64 bytes those from `low` to `high`.
static inline uint64_t many_bytes_range(const void *bytes, size_t count, uint8_t low, uint8_t high) {
#define RANGE(n, run) BITS(n, run - low <= (uint8_t)(high - low))
    return MANY_BYTES(bytes, count, RANGE);
}

/// Of 64 bytes what is not printable ASCII, and each space before another. The last is before none.
static inline uint64_t many_bytes_not_plain(const void *bytes, size_t count) {
#define NOT_PLAIN(n, run) (BITS(n, run - ' ' > '~' - ' ') | (BITS(n, run == ' ') & BITS(n, run == ' ') >> 1))
    return MANY_BYTES(bytes, count, NOT_PLAIN);
}

/// Of 64 bytes letters, digits and `_`.
static inline uint64_t many_bytes_of_words(const void *bytes, size_t count) {
#define OF_WORDS(n, run) BITS(n, ((run | 0x20) - 'a' < 26) | (run - '0' < 10) | (run == '_'))
    return MANY_BYTES(bytes, count, OF_WORDS);
}
