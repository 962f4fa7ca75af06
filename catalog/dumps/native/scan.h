/* Text looked through sixteen bytes at a time, where the compiler knows how; else byte by byte, with
   the same result. Nothing here reads beyond the end that it is given. */

#ifndef VINILOGY_SCAN_H
#define VINILOGY_SCAN_H

/* memmem is the one thing here that C99 does not know: the C libraries of Linux, BSD and macOS have
   it. */
#define _GNU_SOURCE

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes that somebody else owns; `size` of them may be read. */
typedef struct {
    const char *at;
    size_t size;
} text;

#if defined(__GNUC__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HAS_LANES 1

enum { LANES = 16, STRIDE = 4 * LANES };

typedef unsigned char lanes __attribute__((vector_size(16)));
typedef signed char signed_lanes __attribute__((vector_size(16)));

static inline lanes lanes_at(const char *at)
{
    lanes found;
    memcpy(&found, at, sizeof found);
    return found;
}

/* Which of sixteen bytes are this sign: all bits of a lane, or none. */
static inline lanes are(lanes these, char sign)
{
    return (lanes)(these == (lanes){0} + (unsigned char)sign);
}

static inline int any_of(lanes marked)
{
    uint64_t halves[2];
    memcpy(halves, &marked, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

/* The first lane that is marked; LANES where none is. */
static inline size_t first_of(lanes marked)
{
    uint64_t halves[2];
    memcpy(halves, &marked, sizeof halves);
    return halves[0] ? (size_t)__builtin_ctzll(halves[0]) / 8
         : halves[1] ? (size_t)__builtin_ctzll(halves[1]) / 8 + 8 : LANES;
}

/* Where `wanted` may begin in the sixteen bytes from here: its first sign, the one in its middle and
   the last but one stand in their places. */
static inline lanes may_begin(const char *at, text wanted)
{
    size_t middle = wanted.size / 2, late = wanted.size - 2;
    return are(lanes_at(at), wanted.at[0]) & are(lanes_at(at + middle), wanted.at[middle]) &
           are(lanes_at(at + late), wanted.at[late]);
}
#endif

#ifdef HAS_LANES
/* Where `wanted` begins in the sixteen places from here; NULL when it begins in none. */
static inline const char *find_in_lanes(const char *from, text wanted)
{
    lanes marked = may_begin(from, wanted);
    for (size_t at = first_of(marked); at < LANES; at = first_of(marked)) {
        if (memcmp(from + at, wanted.at, wanted.size) == 0)
            return from + at;
        marked[at] = 0;
    }
    return NULL;
}
#endif

/* Where `wanted` begins in from..end; NULL when it does not. */
static const char *find(const char *from, const char *end, text wanted)
{
#ifdef HAS_LANES
    const size_t reach = wanted.size - 1;
    while (wanted.size > 2 && (size_t)(end - from) >= STRIDE + reach) {
        lanes marked = may_begin(from, wanted) | may_begin(from + LANES, wanted) |
                       may_begin(from + 2 * LANES, wanted) | may_begin(from + 3 * LANES, wanted);
        for (int part = 0; any_of(marked) && part < STRIDE; part += LANES) {
            const char *found = find_in_lanes(from + part, wanted);
            if (found != NULL)
                return found;
        }
        from += STRIDE;
    }
    while (wanted.size > 2 && (size_t)(end - from) >= LANES + reach) {
        const char *found = find_in_lanes(from, wanted);
        if (found != NULL)
            return found;
        from += LANES;
    }
#endif
    return memmem(from, (size_t)(end - from), wanted.at, wanted.size);
}

/* The first sign in from..end that a value does not simply go on with: one of < " & or a control sign,
   or a byte beyond ASCII. */
static inline const char *end_of_plain(const char *from, const char *end)
{
#ifdef HAS_LANES
    while (end - from >= LANES) {
        lanes these = lanes_at(from);
        /* As signed numbers those beyond ASCII lie below the control signs. */
        lanes odd = (lanes)((signed_lanes)these < ((signed_lanes){0} + 0x20));
        size_t first = first_of(odd | are(these, '<') | are(these, '"') | are(these, '&'));
        from += first;
        if (first < LANES)
            return from;
    }
#endif
    while (from < end && (unsigned char)*from >= 0x20 && (unsigned char)*from < 0x80 &&
           *from != '<' && *from != '"' && *from != '&')
        from++;
    return from;
}

/* The first of these three signs in from..end; `end` when there is none. Mostly it is near. */
static inline const char *first_sign(const char *from, const char *end, char one, char two, char three)
{
#ifdef HAS_LANES
    while (end - from >= LANES) {
        lanes these = lanes_at(from);
        size_t first = first_of(are(these, one) | are(these, two) | are(these, three));
        from += first;
        if (first < LANES)
            return from;
    }
#endif
    while (from < end && *from != one && *from != two && *from != three)
        from++;
    return from;
}

/* Copies up to the first of these four signs, and at most to the end; `to` has room for what is left.
   Returns how many signs were copied. */
static inline size_t copy_until(char *to, const char *from, const char *end, const char *signs)
{
    const char *start = from;
#ifdef HAS_LANES
    while (end - from >= LANES) {
        lanes these = lanes_at(from);
        memcpy(to, &these, sizeof these);
        size_t first = first_of(are(these, signs[0]) | are(these, signs[1]) |
                                are(these, signs[2]) | are(these, signs[3]));
        from += first;
        to += first;
        if (first < LANES)
            return (size_t)(from - start);
    }
#endif
    while (from < end && *from != signs[0] && *from != signs[1] && *from != signs[2] &&
           *from != signs[3])
        *to++ = *from++;
    return (size_t)(from - start);
}

#endif
