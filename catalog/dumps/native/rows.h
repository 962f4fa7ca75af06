/* Rows for COPY from a record, as catalog/dumps/filling.py makes them: those of releases in its
   binary format, the others in its text format. */

#ifndef VINILOGY_ROWS_H
#define VINILOGY_ROWS_H

#include "binary.h"
#include "cutting.h"
#include "keys.h"
#include "memory.h"
#include "reading.h"

/* The tables in the order of `filling.COLUMNS`. */
enum {
    RELEASES, RELEASE_LABELS, RELEASE_FORMATS, RELEASE_IDENTIFIERS, ALBUMS, ALBUM_ARTISTS,
    STAGED_ENTRIES, STAGED_ARTISTS, STAGED_MASTERS, STAGED_CREDITS, TABLES
};

typedef struct {
    text releases_front; /* what stands before the nine digits of our ids; "" for none */
    text albums_front;
    text artists_front;
    text placeholders; /* keys of artists that are none, a line each */
    speller keys_of;
    record one;
    buffer rows[TABLES];
    buffer numbers; /* Discogs' ids of the releases, 32 bits each */
    numbered artists;
    numbered masters;
    buffer keys; /* of the artists */
    buffer key;
    buffer line;
    buffer words;
    int failed;
} loader;

enum { UNLIMITED = 1 << 30, MOST_DISCS = 1000 };

/* Ids of a load lie in one span, albums of pressings without a master above those of masters: as in
   catalog/dumps/filling.py. */
static const uint64_t SPAN = 1000000000, ALONE = 100000000;

/* Our id from Discogs'. */
static void put_id(buffer *row, text front, text number)
{
    put_text(row, front);
    for (size_t size = number.size; front.size != 0 && size < 9; size++)
        PUT(row, "0");
    put_text(row, number);
}

/* The album of a release without a master. */
static void put_own_album(buffer *row, text front, text number)
{
    put_text(row, front);
    PUT(row, "1");
    for (size_t size = number.size; size < 8; size++)
        PUT(row, "0");
    put_text(row, number);
}

static void put_album(loader *here, buffer *row)
{
    if (here->one.master.size != 0)
        put_id(row, here->albums_front, here->one.master);
    else
        put_own_album(row, here->albums_front, here->one.id);
}

static void put_array(buffer *row, const text *values, size_t count)
{
    PUT(row, "{");
    for (size_t at = 0; at < count; at++) {
        put(row, at == 0 ? "\"" : ",\"", at == 0 ? 1 : 2);
        put_quoted(row, values[at]);
        PUT(row, "\"");
    }
    PUT(row, "}");
}

static void put_kinds(buffer *row, const record *one)
{
    put_array(row, one->genres.at, one->genres.size);
    PUT(row, "\t");
    put_array(row, one->styles.at, one->styles.size);
}

/* The year at the head of a date, "" for none. */
static text year_of(text released)
{
    size_t digits = 0;
    while (released.size != 0 && *released.at == ' ')
        released = (text){released.at + 1, released.size - 1};
    while (digits < released.size && digits < 4 && released.at[digits] >= '0' &&
           released.at[digits] <= '9')
        digits++;
    text head = {released.at, 4};
    if (digits == 4 && memcmp(head.at, "1850", 4) >= 0 && memcmp(head.at, "2100", 4) <= 0)
        return head;
    return TEXT("");
}

static void put_year(buffer *row, text released)
{
    text year = year_of(released);
    put_text(row, year.size != 0 ? year : TEXT("\\N"));
}

/* How many discs; 1 where nothing sensible stands there, such as more than MOST_DISCS. */
static uint64_t quantity_of(text written_so)
{
    uint64_t quantity = 0;
    for (size_t at = 0; at < written_so.size; at++) {
        if (written_so.at[at] < '0' || written_so.at[at] > '9')
            return 1;
        quantity = quantity * 10 + (uint64_t)(written_so.at[at] - '0');
        if (quantity > MOST_DISCS)
            return 1;
    }
    return quantity == 0 ? 1 : quantity;
}

/* What the formats say: medium, discs, words and whether it is unofficial. */
static void put_shape(loader *here, buffer *row)
{
    const record *one = &here->one;
    const text *described = one->descriptions.at;
    size_t medium = MEDIA_COUNT;
    uint64_t discs = 0;
    int unofficial = 0;
    buffer *line = &here->line;
    line->size = 0;
    for (size_t at = 0; at < one->formats.size; at += FORMAT, described++) {
        text name = one->formats.at[at], words = one->formats.at[at + 2];
        uint64_t quantity = quantity_of(one->formats.at[at + 1]);
        size_t called = medium_called(name);
        if (called != MEDIA_COUNT)
            discs += quantity;
        if (called < medium)
            medium = called;
        int several = described->at != NULL;
        if (at != 0)
            PUT(line, ", ");
        if (quantity > 1) {
            put_number(line, quantity);
            PUT(line, "x");
        }
        put_text(line, several ? *described : name);
        for (int first = 1; described->at != NULL; described++, first = 0) {
            unofficial |= same(*described, TEXT("Unofficial Release"));
            if (!first) {
                PUT(line, ", ");
                put_text(line, *described);
            }
        }
        if (words.size != 0) {
            PUT(line, ", ");
            put_text(line, words);
        }
    }
    put_value(row, MEDIUM_NAMES[medium], UNLIMITED);
    put_whole(row, discs > 30000 ? 30000 : discs, 2);
    put_value(row, written(line), 500);
    put_whole(row, unofficial != 0, 1);
}

/* Whether a record has a format that is collected: a description may have looked like one. */
static int is_collected(const record *one)
{
    for (size_t at = 0; at < one->formats.size; at += FORMAT)
        if (medium_called(one->formats.at[at]) != MEDIA_COUNT)
            return 1;
    return 0;
}

static int is_described_as(const record *one, text word)
{
    for (size_t at = 0; at < one->descriptions.size; at++)
        if (one->descriptions.at[at].at != NULL && same(one->descriptions.at[at], word))
            return 1;
    return 0;
}

static text work_kind(const record *one)
{
    if (is_described_as(one, TEXT("Compilation")))
        return TEXT("compilation");
    if (is_described_as(one, TEXT("Album")) || is_described_as(one, TEXT("Mini-Album")))
        return TEXT("album");
    if (is_described_as(one, TEXT("EP")))
        return TEXT("ep");
    if (is_described_as(one, TEXT("Single")) || is_described_as(one, TEXT("Maxi-Single")))
        return TEXT("single");
    return is_described_as(one, TEXT("LP")) ? TEXT("album") : TEXT("");
}

static text title_of(const record *one)
{
    return one->title.size != 0 ? one->title : TEXT("Untitled");
}

/* A catalogue number; "none" is how Discogs writes that there is none. */
static text catno_of(text given)
{
    if (given.size == 4 && lower(given.at[0]) == 'n' && lower(given.at[1]) == 'o' &&
        lower(given.at[2]) == 'n' && lower(given.at[3]) == 'e')
        return TEXT("");
    return given;
}

/* The key of the first barcode. */
static text barcode_of(loader *here)
{
    const texts *identifiers = &here->one.identifiers;
    for (size_t at = 0; at < identifiers->size; at += IDENTIFIER)
        if (same(identifiers->at[at], TEXT("Barcode")))
            return number_key(&here->keys_of, identifiers->at[at + 2], &here->key);
    return TEXT("");
}

/* A digest of 16 bytes in hexadecimal digits. */
static void put_digest(buffer *row, const unsigned char *digest)
{
    const char *digits = "0123456789abcdef";
    char hexadecimal[32];
    for (size_t at = 0; at < 16; at++) {
        hexadecimal[2 * at] = digits[digest[at] >> 4];
        hexadecimal[2 * at + 1] = digits[digest[at] & 15];
    }
    put_value(row, (text){hexadecimal, sizeof hexadecimal}, UNLIMITED);
}

/* The id of a release's album: its master's, or one of its own. */
static uint64_t album_of(const loader *here)
{
    const record *one = &here->one;
    uint64_t base = to_number(here->albums_front) * SPAN;
    return base + (one->master.size != 0 ? to_number(one->master) : ALONE + to_number(one->id));
}

/* Three quarters of all bytes are in these rows, so they are the binary ones. */
static void put_release(loader *here, const unsigned char *digest)
{
    const record *one = &here->one;
    const text *label = one->labels.size != 0 ? one->labels.at : NULL;
    buffer *row = &here->rows[RELEASES];
    text year = year_of(one->released);
    uint64_t number = to_number(one->id);
    put_row(row, 19);
    put_whole(row, to_number(here->releases_front) * SPAN + number, 8);
    put_whole(row, album_of(here), 8);
    put_whole(row, number, 8);
    put_digest(row, digest);
    put_value(row, title_of(one), 1000);
    put_value(row, one->country, 80);
    put_value(row, one->released, 40);
    if (year.size != 0)
        put_whole(row, to_number(year), 2);
    else
        put_null(row);
    put_value(row, label != NULL ? label[0] : TEXT(""), 500);
    put_value(row, label != NULL ? catno_of(label[1]) : TEXT(""), 300);
    put_value(row, barcode_of(here), 60);
    put_shape(here, row);
    put_list(row, &one->genres);
    put_list(row, &one->styles);
    put_value(row, written(&one->tracks), UNLIMITED);
    put_value(row, written(&one->companies), UNLIMITED);
}

/* The id of the release and the place among its rows, with which all of these begin. */
static void put_place(loader *here, buffer *row, size_t position)
{
    put_id(row, here->releases_front, here->one.id);
    PUT(row, "\t");
    put_number(row, position);
    PUT(row, "\t");
}

static void put_labels(loader *here)
{
    const texts *labels = &here->one.labels;
    buffer *row = &here->rows[RELEASE_LABELS];
    for (size_t at = 0; at < labels->size; at += LABEL) {
        text catno = catno_of(labels->at[at + 1]), id = labels->at[at + 2];
        put_place(here, row, at / LABEL);
        put_field(row, labels->at[at], 500);
        PUT(row, "\t");
        put_field(row, catno, 300);
        PUT(row, "\t");
        put_field(row, number_key(&here->keys_of, catno, &here->key), 300);
        PUT(row, "\t");
        put_text(row, id.size != 0 ? id : TEXT("\\N"));
        PUT(row, "\n");
    }
}

static void put_formats(loader *here)
{
    const texts *formats = &here->one.formats;
    const text *described = here->one.descriptions.at;
    buffer *row = &here->rows[RELEASE_FORMATS];
    for (size_t at = 0; at < formats->size; at += FORMAT, described++) {
        size_t count = 0;
        while (described[count].at != NULL)
            count++;
        put_place(here, row, at / FORMAT);
        put_field(row, formats->at[at], 80);
        PUT(row, "\t");
        put_number(row, quantity_of(formats->at[at + 1]));
        PUT(row, "\t");
        put_field(row, formats->at[at + 2], 500);
        PUT(row, "\t");
        put_array(row, described, count);
        PUT(row, "\n");
        described += count;
    }
}

static void put_identifiers(loader *here)
{
    const texts *identifiers = &here->one.identifiers;
    buffer *row = &here->rows[RELEASE_IDENTIFIERS];
    for (size_t at = 0; at < identifiers->size; at += IDENTIFIER) {
        text kind = identifiers->at[at], value = identifiers->at[at + 2];
        put_place(here, row, at / IDENTIFIER);
        put_field(row, kind, 60);
        PUT(row, "\t");
        put_field(row, value, 500);
        PUT(row, "\t");
        put_field(row, identifiers->at[at + 1], 500);
        PUT(row, "\t");
        /* Numbers that somebody types from a sleeve or a runout. */
        if (starts_with(kind, TEXT("Barcode")) || starts_with(kind, TEXT("Matrix")))
            put_field(row, number_key(&here->keys_of, value, &here->key), 200);
        PUT(row, "\n");
    }
}

static void put_artist(loader *here, const text *artist, text key, int placeholder)
{
    buffer *row = &here->rows[STAGED_ARTISTS];
    put_text(row, artist[0]);
    PUT(row, "\t");
    put_field(row, artist[1], 500);
    PUT(row, "\t");
    put_text(row, artist[2]);
    PUT(row, "\t");
    put_field(row, key, 500);
    PUT(row, "\t");
    put(row, placeholder ? "t\n" : "f\n", 2);
}

/* The artists that this process meets for the first time. */
static void put_new_artists(loader *here)
{
    const texts *artists = &here->one.artists;
    for (size_t at = 0; at < artists->size; at += CREDIT) {
        const text *artist = artists->at + at;
        uint32_t number = to_number(artist[0]);
        slot *known = look_up(&here->artists, number);
        if (known == NULL) {
            here->failed = 1;
            return;
        }
        if (known->number != 0)
            continue;
        put_key(&here->keys_of, NAME_KEY, artist[1], &here->key);
        text key = cut_to(written(&here->key), 500);
        int placeholder = is_listed(here->placeholders, key.at, key.size);
        put_artist(here, artist, key, placeholder);
        *known = (slot){number, placeholder ? 0 : (uint32_t)key.size, here->keys.size};
        here->artists.used++;
        put(&here->keys, key.at, known->size);
    }
}

/* What an album is found by: the keys of its artists, then its own. */
static void find_words(loader *here, text key)
{
    const texts *artists = &here->one.artists;
    buffer *words = &here->words;
    words->size = 0;
    for (size_t at = 0; at < artists->size; at += CREDIT) {
        slot *known = look_up(&here->artists, to_number(artists->at[at]));
        if (known == NULL || known->number == 0 || known->size == 0 || here->keys.failed)
            continue;
        put(words, here->keys.at + known->value, known->size);
        PUT(words, " ");
    }
    put_text(words, key);
}

/* Title, key, line of artists, year, kind, genres and styles of the work that a release is of. */
static void put_work(loader *here, buffer *row, text key)
{
    const record *one = &here->one;
    put_field(row, title_of(one), 1000);
    PUT(row, "\t");
    put_field(row, key, 1000);
    PUT(row, "\t");
    here->line.size = 0;
    credit_line(&one->artists, &here->line);
    put_field(row, written(&here->line), 1000);
    PUT(row, "\t");
    put_year(row, one->released);
    PUT(row, "\t");
    put_text(row, work_kind(one));
    PUT(row, "\t");
    put_kinds(row, one);
    PUT(row, "\t");
}

/* Position, name as credited and join of a credit. */
static void put_credit(buffer *row, const text *artist, size_t position)
{
    PUT(row, "\t");
    put_number(row, position);
    PUT(row, "\t");
    put_field(row, credited(artist), 500);
    PUT(row, "\t");
    put_field(row, artist[4], 40);
    PUT(row, "\n");
}

/* The album of a release without a master: nobody else knows it, so it stands at once. */
static void put_alone(loader *here, text key)
{
    const record *one = &here->one;
    buffer *row = &here->rows[ALBUMS];
    put_album(here, row);
    PUT(row, "\t");
    put_work(here, row, key);
    put_text(row, one->id);
    PUT(row, "\n");
    row = &here->rows[STAGED_ENTRIES];
    put_album(here, row);
    PUT(row, "\t");
    put_field(row, title_of(one), 1000);
    PUT(row, "\t");
    put_field(row, key, 1000);
    PUT(row, "\t");
    put_field(row, written(&here->words), 2000);
    PUT(row, "\n");
    row = &here->rows[ALBUM_ARTISTS];
    for (size_t at = 0; at < one->artists.size; at += CREDIT) {
        put_album(here, row);
        PUT(row, "\t");
        put_id(row, here->artists_front, one->artists.at[at]);
        put_credit(row, one->artists.at + at, at / CREDIT);
    }
}

/* What a release tells of its master. */
static void put_master(loader *here, text key)
{
    const record *one = &here->one;
    buffer *row = &here->rows[STAGED_MASTERS];
    put_text(row, one->master);
    PUT(row, "\t");
    put_text(row, one->id);
    PUT(row, "\t");
    put_work(here, row, key);
    put_field(row, written(&here->words), 2000);
    PUT(row, "\n");
    row = &here->rows[STAGED_CREDITS];
    for (size_t at = 0; at < one->artists.size; at += CREDIT) {
        put_text(row, one->master);
        PUT(row, "\t");
        put_text(row, one->id);
        PUT(row, "\t");
        put_text(row, one->artists.at[at]);
        put_credit(row, one->artists.at + at, at / CREDIT);
    }
}

/* Whether a release tells its master: the first one here does, and one with a lower number. */
static int tells_master(loader *here)
{
    uint32_t master = to_number(here->one.master), number = to_number(here->one.id);
    slot *known = look_up(&here->masters, master);
    if (known == NULL) {
        here->failed = 1;
        return 0;
    }
    if (known->number != 0 && known->value <= number)
        return 0;
    here->masters.used += known->number == 0;
    *known = (slot){master, 0, number};
    return 1;
}

static void put_works(loader *here)
{
    const record *one = &here->one;
    int alone = one->master.size == 0;
    if (!alone && !tells_master(here))
        return;
    text title = cut_to(title_of(one), 1000);
    put_key(&here->keys_of, TITLE_KEY, title, &here->key);
    text key = cut_to(written(&here->key), 1000);
    find_words(here, key);
    if (alone)
        put_alone(here, key);
    else
        put_master(here, key);
}

/* All rows of the record that has been read. */
static void put_rows(loader *here, const unsigned char *digest)
{
    uint32_t number = to_number(here->one.id);
    put(&here->numbers, (const char *)&number, sizeof number);
    put_release(here, digest);
    put_labels(here);
    put_formats(here);
    put_identifiers(here);
    /* The artists come first: their names are among the words that find an album. */
    put_new_artists(here);
    put_works(here);
}

#endif
