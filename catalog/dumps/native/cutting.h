/* Records cut out of a block, as catalog/dumps/cutting.py does it. */

#ifndef VINILOGY_CUTTING_H
#define VINILOGY_CUTTING_H

#include "xml.h"

/* Where a record stands in its block. */
typedef struct {
    uint64_t start;
    uint64_t end;
} span;

static const text MEDIA[] = {
    {"Vinyl", 5}, {"Shellac", 7}, {"Flexi-disc", 10}, {"Lathe Cut", 9}, {"Acetate", 7},
};
static const text MEDIUM_NAMES[] = {
    {"vinyl", 5}, {"shellac", 7}, {"flexi", 5}, {"lathe", 5}, {"acetate", 7},
};
enum { MEDIA_COUNT = sizeof MEDIA / sizeof MEDIA[0] };

/* Which of the media has this name; MEDIA_COUNT for none. */
static size_t medium_called(text name)
{
    size_t at = 0;
    while (at < MEDIA_COUNT && !same(MEDIA[at], name))
        at++;
    return at;
}

/* Passes a value and its quote. */
static int skip_value(cursor *from)
{
    while ((from->at = end_of_plain(from->at, from->end)) < from->end && *from->at != '<')
        if (*from->at++ == '"')
            return FINE;
    return ODD;
}

/* Passes a name and its quote: a plain one, as a parser would give it, of no collected medium. */
static int skip_other_name(cursor *from)
{
    const char *start = from->at;
    from->at = end_of_plain(start, from->end);
    if (from->at == from->end || *from->at != '"' || from->at == start || *start == ' ' ||
        from->at[-1] == ' ')
        return ODD;
    text name = {start, (size_t)(from->at++ - start)};
    return medium_called(name) == MEDIA_COUNT;
}

static int skip_descriptions(cursor *from)
{
    while (SKIP(from, "<description>"))
        if (!skip_text(from) || !SKIP(from, "</description>"))
            return ODD;
    return SKIP(from, "</descriptions>");
}

/* Passes the inside of `<formats>` and its end when it is as Discogs writes it, none of the formats is
   collected and what stands behind them follows on formats. A parser decides about any other. */
static int skip_left_out(cursor *from)
{
    do {
        if (!SKIP(from, "<format name=\"") || !skip_other_name(from) ||
            !SKIP(from, " qty=\"") || !skip_value(from) ||
            (SKIP(from, " text=\"") && !skip_value(from)))
            return ODD;
        if (!SKIP(from, "/>") &&
            !(SKIP(from, ">") && (!SKIP(from, "<descriptions>") || skip_descriptions(from)) &&
              SKIP(from, "</format>")))
            return ODD;
    } while (!SKIP(from, "</formats>"));
    cursor next = *from;
    return SKIP(&next, "<genres>") || SKIP(&next, "<styles>") || SKIP(&next, "<country>") ||
           SKIP(&next, "<released>") || SKIP(&next, "<notes>") || SKIP(&next, "<data_quality>");
}

/* Whether what stands before these formats may be one of them. */
static int follows_format(const char *begin, const char *formats)
{
    cursor before = {begin, formats};
    return ENDS(&before, "</format>") || ENDS(&before, "</descriptions>") || ENDS(&before, "\"/>");
}

/* Where the record begins that has its formats or its end there, behind the end of the one before. One
   without a number is told as that by whoever reads it. */
static const char *start_of(const char *at, const char *before)
{
    const char *start = find(at, before, TEXT("<release "));
    if (start == NULL)
        start = find(at, before, TEXT("<release>"));
    return start == NULL ? at : start;
}

/* The next tag of a release, opening or closing; NULL when none follows. `*closes` says which. */
static const char *next_tag(const char *from, const char *end, int *closes)
{
    const text name = TEXT("release");
    const char *begin = from;
    while ((from = find(from, end, name)) != NULL) {
        const char *behind = from + name.size;
        if (behind < end && from - begin >= 2 && from[-1] == '/' && from[-2] == '<' && *behind == '>') {
            *closes = 1;
            return from - 2;
        }
        if (behind < end && from - begin >= 1 && from[-1] == '<' && *behind == ' ') {
            *closes = 0;
            return from - 1;
        }
        from = behind;
    }
    return NULL;
}

/* The end of the record behind whose tag this is; NULL when it has none. `*runs_on`: another record
   begins before. */
static const char *end_of(const char *from, const char *end, int *runs_on)
{
    const text closing = TEXT("</release>");
    int closes = 0;
    const char *tag = from;
    *runs_on = 0;
    while ((tag = next_tag(tag, end, &closes)) != NULL && !closes) {
        *runs_on = 1;
        tag++;
    }
    return tag == NULL ? NULL : tag + closing.size;
}

/* Records put into a room that may be too small for all. */
typedef struct {
    const char *block;
    span *at;
    size_t room;
    size_t size;
} spans;

static void add_span(spans *found, const char *start, const char *end)
{
    if (found->size < found->room)
        found->at[found->size] =
            (span){(uint64_t)(start - found->block), (uint64_t)(end - found->block)};
    found->size++;
}

/* The records of a block of whole ones that are on a collected medium or for a parser to tell, such as
   those that have lost their end and run into the next. `*read` counts those of all kinds. */
static void cut_block(text block, spans *found, uint64_t *read)
{
    const text closing = TEXT("</release>");
    const char *at = block.at, *end = block.at + block.size;
    *read = 0;
    for (;;) {
        const char *formats = find(at, end, TEXT("<formats>"));
        const char *before = formats == NULL ? end : formats, *other;
        /* A record without formats lies between. */
        while ((other = find(at, before, closing)) != NULL) {
            ++*read;
            other += closing.size;
            add_span(found, start_of(at, other), other);
            at = other;
        }
        if (formats == NULL)
            return;
        const char *behind = formats + sizeof "<formats>" - 1;
        cursor section = {behind, end};
        int left_out = skip_left_out(&section) && !follows_format(block.at, formats), runs_on = 0;
        const char *last = end_of(left_out ? section.at : behind, end, &runs_on);
        if (last == NULL)
            return;
        ++*read;
        if (!left_out || runs_on)
            add_span(found, start_of(at, formats), last);
        at = last;
    }
}

#endif
