/* Values of rows in COPY's binary format: what a wide row is read from in three quarters of the time
   of text. https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format": a row is the
   number of its values, a value its size in bytes and the bytes; numbers begin with their highest
   byte. */

#ifndef VINILOGY_BINARY_H
#define VINILOGY_BINARY_H

#include "bytes.h"

/* PostgreSQL's number of the type of text with a limit. */
enum { VARCHAR = 1043 };

/* Writes a number of `size` bytes at `to`; returns what is behind it. */
static inline char *with_bytes(char *to, uint64_t number, size_t size)
{
    for (size_t at = 0; at < size; at++)
        to[at] = (char)(number >> (8 * (size - 1 - at)) & 0xFF);
    return to + size;
}

static inline void put_bytes(buffer *out, uint64_t number, size_t size)
{
    if (reserve(out, size))
        out->size = (size_t)(with_bytes(out->at + out->size, number, size) - out->at);
}

static void put_row(buffer *out, size_t values)
{
    put_bytes(out, values, 2);
}

/* A number of `size` bytes. */
static inline void put_whole(buffer *out, uint64_t number, size_t size)
{
    if (reserve(out, 4 + size)) {
        char *to = with_bytes(out->at + out->size, size, 4);
        out->size = (size_t)(with_bytes(to, number, size) - out->at);
    }
}

static void put_null(buffer *out)
{
    put_bytes(out, UINT32_MAX, 4);
}

static inline void put_whole_text(buffer *out, text value)
{
    if (value.size < SIZE_MAX / 8 && reserve(out, 4 + value.size)) {
        char *to = with_bytes(out->at + out->size, value.size, 4);
        if (value.size != 0)
            memcpy(to, value.at, value.size);
        out->size += 4 + value.size;
    }
}

/* A text cut to so many signs. */
static void put_value(buffer *out, text value, size_t most)
{
    put_whole_text(out, cut_to(value, most));
}

/* A list of texts of a type with a limit. */
static void put_list(buffer *out, const texts *values)
{
    size_t size = 12;
    for (size_t at = 0; at < values->size; at++)
        size += 4 + values->at[at].size;
    put_bytes(out, values->size == 0 ? 12 : size + 8, 4);
    put_bytes(out, values->size != 0, 4); /* dimensions */
    put_bytes(out, 0, 4);                 /* none is NULL */
    put_bytes(out, VARCHAR, 4);
    if (values->size == 0)
        return;
    put_bytes(out, values->size, 4);
    put_bytes(out, 1, 4); /* the first one's place */
    for (size_t at = 0; at < values->size; at++)
        put_whole_text(out, values->at[at]);
}

#endif
