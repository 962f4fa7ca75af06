/* Records cut out of a block, as catalog/dumps/cutting.py does it. */

#ifndef VINILOGY_CUTTING_H
#define VINILOGY_CUTTING_H

#include "bytes.h"

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

/* Whether some `name="..."` in a section of formats is a medium that is collected. */
static int is_wanted(const char *from, const char *end)
{
    const text attribute = TEXT("name=\"");
    while ((from = find(from, end, attribute)) != NULL) {
        from += attribute.size;
        const char *quote = memchr(from, '"', (size_t)(end - from));
        if (quote == NULL)
            return 0;
        if (medium_called((text){from, (size_t)(quote - from)}) != MEDIA_COUNT)
            return 1;
    }
    return 0;
}

/* Where the record of these formats begins, behind the end of the one before. One without a number is
   told as that by whoever reads it. */
static const char *start_of(const char *at, const char *formats)
{
    const char *start = find(at, formats, TEXT("<release "));
    if (start == NULL)
        start = find(at, formats, TEXT("<release>"));
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

/* The end of the record whose formats end here, behind its tag; NULL when it has none. `*runs_on`:
   another record begins before. */
static const char *end_of(const char *formats_end, const char *end, int *runs_on)
{
    const text closing = TEXT("</release>");
    int closes = 0;
    const char *tag = formats_end;
    *runs_on = 0;
    while ((tag = next_tag(tag, end, &closes)) != NULL && !closes) {
        *runs_on = 1;
        tag++;
    }
    return tag == NULL ? NULL : tag + closing.size;
}
/* The collected records of a block of whole ones, and those that have lost their end and run into the
   next: no parser reads these, and so they are told. At most `room` are put into `found`; returns how
   many there are, `*read` counts those of all kinds. */
static size_t cut_block(text block, span *found, size_t room, uint64_t *read)
{
    const text closing = TEXT("</release>");
    const char *at = block.at, *end = block.at + block.size;
    size_t wanted = 0;
    *read = 0;
    for (;;) {
        const char *formats = find(at, end, TEXT("<formats>"));
        /* Records without formats cannot be on vinyl; they are counted. */
        const char *before = formats == NULL ? end : formats, *other;
        while ((other = find(at, before, closing)) != NULL) {
            ++*read;
            at = other + closing.size;
        }
        if (formats == NULL)
            return wanted;
        const char *formats_end = find(formats, end, TEXT("</formats>"));
        int runs_on = 0;
        const char *last = formats_end == NULL ? NULL : end_of(formats_end, end, &runs_on);
        if (last == NULL)
            return wanted;
        ++*read;
        if (is_wanted(formats, formats_end) || runs_on) {
            if (wanted < room) {
                const char *start = start_of(at, formats);
                found[wanted] = (span){(uint64_t)(start - block.at), (uint64_t)(last - block.at)};
            }
            wanted++;
        }
        at = last;
    }
}

#endif
