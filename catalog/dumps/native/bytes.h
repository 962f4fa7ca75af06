/* Pieces of text, cursors that never pass their end, and buffers that grow. */

#ifndef VINILOGY_BYTES_H
#define VINILOGY_BYTES_H

#include "scan.h"

#include <stdlib.h>

/* What is left to read of a record. */
typedef struct {
    const char *at;
    const char *end;
} cursor;

/* Bytes of our own. Where memory is refused, `failed` is set and nothing more is written. */
typedef struct {
    char *at;
    size_t size;
    size_t room;
    int failed;
} buffer;

/* The same of pieces of text. */
typedef struct {
    text *at;
    size_t size;
    size_t room;
    int failed;
} texts;

#define TEXT(literal) ((text){(literal), sizeof(literal) - 1})
#define PUT(out, literal) put((out), (literal), sizeof(literal) - 1)
#define ENDS(from, literal)                                                                   \
    (left(from) >= sizeof(literal) - 1 &&                                                     \
     memcmp((from)->end - (sizeof(literal) - 1), (literal), sizeof(literal) - 1) == 0)
#define SKIP(from, literal) skip((from), (literal), sizeof(literal) - 1)

static size_t left(const cursor *from)
{
    return (size_t)(from->end - from->at);
}

/* Whether `literal` stands here; it is passed then. */
static int skip(cursor *from, const char *literal, size_t size)
{
    if (left(from) < size || memcmp(from->at, literal, size) != 0)
        return 0;
    from->at += size;
    return 1;
}

static int same(text one, text other)
{
    return one.size == other.size && (one.size == 0 || memcmp(one.at, other.at, one.size) == 0);
}

static int starts_with(text whole, text start)
{
    return whole.size >= start.size && memcmp(whole.at, start.at, start.size) == 0;
}

static int enlarge(buffer *out, size_t more)
{
    if (out->failed)
        return 0;
    if (more > SIZE_MAX / 4 || out->room > SIZE_MAX / 4) {
        out->failed = 1;
        return 0;
    }
    size_t room = out->room * 2 > out->size + more ? out->room * 2 : out->size + more;
    if (room < 4096)
        room = 4096;
    char *grown = realloc(out->at, room);
    if (grown == NULL) {
        out->failed = 1;
        return 0;
    }
    out->at = grown;
    out->room = room;
    return 1;
}

/* Room for `more` bytes; 0 when there is none. */
static inline int reserve(buffer *out, size_t more)
{
    return out->room - out->size >= more ? !out->failed : enlarge(out, more);
}

static inline void put(buffer *out, const char *from, size_t size)
{
    if (size != 0 && reserve(out, size)) {
        memcpy(out->at + out->size, from, size);
        out->size += size;
    }
}

static void put_text(buffer *out, text value)
{
    put(out, value.at, value.size);
}

static void put_number(buffer *out, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    put(out, digits + at, sizeof digits - at);
}

static text written(const buffer *from)
{
    return (text){from->at, from->size};
}

static void add(texts *list, text value)
{
    if (list->size == list->room) {
        size_t room = list->room == 0 ? 64 : list->room * 2;
        text *grown = room > SIZE_MAX / 4 / sizeof(text)
                          ? NULL
                          : realloc(list->at, room * sizeof(text));
        if (grown == NULL) {
            list->failed = 1;
            return;
        }
        list->at = grown;
        list->room = room;
    }
    list->at[list->size++] = value;
}

/* At most so many signs of it. The text is whole UTF-8. */
static text cut_to(text value, size_t most)
{
    if (value.size <= most)
        return value;
    size_t signs = 0;
    for (size_t at = 0; at < value.size; at++) {
        /* Every byte but those that continue a sign begins one. */
        if (((unsigned char)value.at[at] & 0xC0) != 0x80 && signs++ == most)
            return (text){value.at, at};
    }
    return value;
}

/* One value of a row in COPY's text format, cut to so many signs:
   https://www.postgresql.org/docs/current/sql-copy.html */
static void put_field(buffer *out, text value, size_t most)
{
    value = cut_to(value, most);
    if (value.size == 0 || value.size > SIZE_MAX / 8 || !reserve(out, 2 * value.size))
        return;
    char *to = out->at + out->size;
    const char *at = value.at, *end = value.at + value.size;
    for (;;) {
        size_t plain = copy_until(to, at, end, "\\\t\n\r");
        at += plain;
        to += plain;
        if (at == end)
            break;
        char sign = *at++;
        *to++ = '\\';
        *to++ = sign == '\t' ? 't' : sign == '\n' ? 'n' : sign == '\r' ? 'r' : sign;
    }
    out->size = (size_t)(to - out->at);
}

/* The inside of a quoted JSON text. There are no control signs in it. */
static void put_json(buffer *out, text value)
{
    if (value.size == 0 || value.size > SIZE_MAX / 8 || !reserve(out, 2 * value.size))
        return;
    char *to = out->at + out->size;
    const char *at = value.at, *end = value.at + value.size;
    for (;;) {
        size_t plain = copy_until(to, at, end, "\"\\\"\\");
        at += plain;
        to += plain;
        if (at == end)
            break;
        *to++ = '\\';
        *to++ = *at++;
    }
    out->size = (size_t)(to - out->at);
}

/* The inside of a quoted item of an array, escaped for COPY once more. There are no control signs
   in it. */
static void put_quoted(buffer *out, text value)
{
    if (value.size == 0 || value.size > SIZE_MAX / 8 || !reserve(out, 4 * value.size))
        return;
    char *to = out->at + out->size;
    for (size_t at = 0; at < value.size; at++) {
        char sign = value.at[at];
        if (sign == '"' || sign == '\\') {
            *to++ = '\\';
            *to++ = '\\';
            if (sign == '\\')
                *to++ = '\\';
        }
        *to++ = sign;
    }
    out->size = (size_t)(to - out->at);
}

#endif
