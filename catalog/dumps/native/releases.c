/* Vinyl releases of a Discogs dump, from XML to rows for COPY: the quick way of the importer.

   Built by catalog/dumps/native/building.py where the machine has a compiler and called from
   catalog/dumps/native/__init__.py; what a record says and how it is written down is decided in
   catalog/dumps/columns.py and filling.py, which do the same without a compiler, and tests hold
   both to the same bytes. A record of any other shape than the usual one is told, not guessed at.

   Nothing here trusts its input: every read is through a cursor that knows its end, every write
   into a buffer that grows or refuses. */

#include "rows.h"

/* What the Python side gives once; its texts outlive the loader. */
typedef struct {
    const char *releases_front;
    const char *albums_front;
    const char *artists_front;
    const char *name_words;
    const char *title_words;
    const char *placeholders;
    key_maker make_key;
} settings;

static text text_of(const char *given)
{
    return (text){given, strlen(given)};
}

loader *vinilogy_open(const settings *given)
{
    loader *here = calloc(1, sizeof *here);
    if (here == NULL)
        return NULL;
    here->releases_front = text_of(given->releases_front);
    here->albums_front = text_of(given->albums_front);
    here->artists_front = text_of(given->artists_front);
    here->placeholders = text_of(given->placeholders);
    here->keys_of.make = given->make_key;
    here->keys_of.name_words = text_of(given->name_words);
    here->keys_of.title_words = text_of(given->title_words);
    here->keys_of.longest = longest_of(here->keys_of.name_words);
    return here;
}

void vinilogy_close(loader *here)
{
    free_record(&here->one);
    free_speller(&here->keys_of);
    for (size_t table = 0; table < TABLES; table++)
        free(here->rows[table].at);
    free(here->numbers.at);
    free(here->artists.slots);
    free(here->masters.slots);
    free(here->keys.at);
    free(here->key.at);
    free(here->line.at);
    free(here->words.at);
    free(here);
}

/* Artists and masters count as not written. */
void vinilogy_forget(loader *here)
{
    forget_all(&here->artists);
    forget_all(&here->masters);
    here->keys.size = 0;
}

/* How many records of a block are to be read; at most `room` of them are put into `found`. */
uint64_t vinilogy_cut(const char *block, uint64_t size, span *found, uint64_t room, uint64_t *read)
{
    spans records = {block, found, room, 0};
    cut_block((text){block, size}, &records, read);
    return records.size;
}

static int has_failed(const loader *here)
{
    int failed = here->failed || speller_failed(&here->keys_of) || here->numbers.failed || here->keys.failed || here->key.failed ||
                 here->line.failed || here->words.failed;
    for (size_t table = 0; table < TABLES; table++)
        failed |= here->rows[table].failed;
    return failed;
}

/* The rows of these records of a block, after those that are there already; `fits` says of which
   there are none, because they are of another shape. `digests` has 16 bytes for each. Returns 0
   where memory or a key was lacking: the loader is of no more use then. */
int32_t vinilogy_read(loader *here, const char *block, uint64_t size, const span *records,
                      uint64_t count, const unsigned char *digests, unsigned char *fits, uint64_t most)
{
    if (here->artists.used > most || here->masters.used > most)
        vinilogy_forget(here);
    for (uint64_t at = 0; at < count; at++) {
        span place = records[at];
        fits[at] = 0;
        if (place.start > place.end || place.end > size)
            continue;
        text whole = {block + place.start, (size_t)(place.end - place.start)};
        int usual = read_record(whole, &here->one);
        if (lacks_memory(&here->one))
            return 0;
        if (usual && is_collected(&here->one)) {
            put_rows(here, digests + 16 * at);
            fits[at] = 1;
        }
        if (has_failed(here))
            return 0;
    }
    return 1;
}

/* The rows of a table, and their length; they stay until the next read or clear. */
const char *vinilogy_rows(const loader *here, int32_t table, uint64_t *size)
{
    *size = here->rows[table].size;
    return here->rows[table].at;
}

/* Discogs' numbers of the releases that have rows. */
const uint32_t *vinilogy_numbers(const loader *here, uint64_t *count)
{
    *count = here->numbers.size / sizeof(uint32_t);
    return (const uint32_t *)(const void *)here->numbers.at;
}

/* Empty buffers for the next block. */
void vinilogy_clear(loader *here)
{
    for (size_t table = 0; table < TABLES; table++)
        here->rows[table].size = 0;
    here->numbers.size = 0;
}
