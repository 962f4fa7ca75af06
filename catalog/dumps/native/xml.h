/* The few shapes of XML that a usual record has. Every function returns 0 (ODD) for anything else:
   the record then goes the careful way, so being stricter than XML loses nothing. */

#ifndef VINILOGY_XML_H
#define VINILOGY_XML_H

#include "bytes.h"

enum { ODD = 0, FINE = 1 };

/* The length of the sign of UTF-8 that begins here; 0 when none does. */
static size_t sign_length(const unsigned char *at, size_t size)
{
    unsigned char first = at[0];
    if (first < 0x80)
        return 1;
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || size < length)
        return 0;
    for (size_t one = 1; one < length; one++)
        if ((at[one] & 0xC0) != 0x80)
            return 0;
    /* Written longer than needed, halves of pairs, and beyond the last sign. */
    if ((first == 0xE0 && at[1] < 0xA0) || (first == 0xED && at[1] > 0x9F) ||
        (first == 0xF0 && at[1] < 0x90) || (first == 0xF4 && at[1] > 0x8F))
        return 0;
    return length;
}

/* One of XML's five references; the sign that it stands for, 0 for any other. */
static char referred(cursor *from)
{
    return SKIP(from, "&amp;") ? '&' : SKIP(from, "&lt;") ? '<' : SKIP(from, "&gt;") ? '>'
         : SKIP(from, "&quot;") ? '"' : SKIP(from, "&apos;") ? '\'' : 0;
}

/* The value without its references, in `plain`, which has room for it beforehand: what was written
   there must not move. */
static int without_references(text value, buffer *plain, text *found)
{
    if (plain->room - plain->size < value.size)
        return ODD;
    size_t began = plain->size;
    cursor from = {value.at, value.at + value.size};
    while (from.at < from.end) {
        const char *next = memchr(from.at, '&', left(&from));
        const char *run_end = next == NULL ? from.end : next;
        put(plain, from.at, (size_t)(run_end - from.at));
        from.at = run_end;
        if (next != NULL) {
            char sign = referred(&from);
            if (sign == 0)
                return ODD;
            put(plain, &sign, 1);
        }
    }
    *found = (text){plain->at + began, plain->size - began};
    return FINE;
}

/* The value up to the sign `stop` ('<' or '"'), which stays: whole UTF-8 without control signs, its
   references resolved into `plain`. `plain` has room for the whole record. */
static int value_until(cursor *from, char stop, buffer *plain, text *value)
{
    const char *start = from->at;
    int references = 0;
    while ((from->at = end_of_plain(from->at, from->end)) < from->end) {
        unsigned char sign = (unsigned char)*from->at;
        if (sign >= 0x80) {
            size_t length = sign_length((const unsigned char *)from->at, left(from));
            if (length == 0)
                return ODD;
            from->at += length;
        } else if (sign == (unsigned char)stop) {
            *value = (text){start, (size_t)(from->at - start)};
            return references ? without_references(*value, plain, value) : FINE;
        } else if (sign < 0x20 || sign == '<') {
            return ODD;
        } else {
            references |= sign == '&';
            from->at++;
        }
    }
    return ODD;
}

/* Passes text of any kind up to the next tag. */
static int skip_text(cursor *from)
{
    const char *next = memchr(from->at, '<', left(from));
    if (next == NULL)
        return ODD;
    from->at = next;
    return FINE;
}

/* Passes the closing tag of an element whose name stands before it in the same record. */
static inline int skip_end(cursor *from, text name)
{
    if (!SKIP(from, "</"))
        return ODD;
#ifdef HAS_LANES
    uint64_t here, there;
    if (name.size < sizeof here && left(from) >= sizeof here) {
        memcpy(&here, from->at, sizeof here);
        memcpy(&there, name.at, sizeof there);
        if ((here ^ there) << (64 - 8 * name.size) != 0)
            return ODD;
        from->at += name.size;
        return SKIP(from, ">");
    }
#endif
    return skip(from, name.at, name.size) && SKIP(from, ">");
}

/* Elements inside of elements that are passed over, so deep at most. */
enum { DEEPEST_PASSED = 8 };

/* Passes an opening tag; `*empty` when the element ends with it. */
static int skip_tag(cursor *from, text *name, int *empty)
{
    if (!SKIP(from, "<") || left(from) == 0 || *from->at < 'a' || *from->at > 'z')
        return ODD;
    name->at = from->at;
    from->at = first_sign(from->at, from->end, '>', ' ', '/');
    name->size = (size_t)(from->at - name->at);
    *empty = 0;
    if (SKIP(from, ">"))
        return FINE;
    for (;;) {
        from->at = first_sign(from->at, from->end, '>', '"', '<');
        if (from->at == from->end || *from->at == '<')
            return ODD;
        if (*from->at++ == '>')
            break;
        from->at = first_sign(from->at, from->end, '"', '<', '<');
        if (from->at == from->end || *from->at++ == '<')
            return ODD;
    }
    *empty = from->at[-2] == '/';
    return FINE;
}

/* Passes elements and what is in them up to the closing tag of what they stand in. ODD where their tags
   do not pair: one that is missing might hide what is to be kept. */
static int skip_elements(cursor *from)
{
    text open[DEEPEST_PASSED];
    size_t depth = 0;
    for (;;) {
        if (left(from) > 1 && from->at[1] == '/') {
            if (depth == 0)
                return FINE;
            if (!skip_end(from, open[--depth]))
                return ODD;
        } else {
            int empty = 0;
            if (depth == DEEPEST_PASSED || !skip_tag(from, &open[depth], &empty))
                return ODD;
            depth += !empty;
        }
        from->at = first_sign(from->at, from->end, '<', '<', '<');
    }
}

/* Digits up to the sign `stop`, `most` of them at most and none in front that says nothing. */
static int number_until(cursor *from, char stop, size_t most, text *value)
{
    const char *start = from->at;
    while (from->at < from->end && *from->at >= '0' && *from->at <= '9')
        from->at++;
    size_t size = (size_t)(from->at - start);
    if (from->at == from->end || *from->at != stop || size == 0 || size > most ||
        (start[0] == '0' && size > 1))
        return ODD;
    *value = (text){start, size};
    return FINE;
}

/* `<name>value</name>`. An element that is empty or missing says "". ODD when it is broken. */
static int element(cursor *from, text open, text empty, text close, buffer *plain, text *value)
{
    *value = TEXT("");
    if (skip(from, empty.at, empty.size) || !skip(from, open.at, open.size))
        return FINE;
    return value_until(from, '<', plain, value) && skip(from, close.at, close.size);
}

#define ELEMENT(from, name, plain, value)                                                     \
    element((from), TEXT("<" name ">"), TEXT("<" name "/>"), TEXT("</" name ">"), (plain), (value))

/* ` name="value"`, "" where it is missing. */
static int attribute(cursor *from, text open, buffer *plain, text *value)
{
    *value = TEXT("");
    if (!skip(from, open.at, open.size))
        return FINE;
    return value_until(from, '"', plain, value) && SKIP(from, "\"");
}

#define ATTRIBUTE(from, name, plain, value)                                                   \
    attribute((from), TEXT(" " name "=\""), (plain), (value))

#endif
