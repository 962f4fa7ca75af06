/* Keys of names, titles and numbers, as catalog/matching/keys.py makes them. Plain words are folded
   here; how others are folded is asked once for each word, and a text whose words count on each
   other (initials, editions, articles of other languages) is asked for as a whole. */

#ifndef VINILOGY_KEYS_H
#define VINILOGY_KEYS_H

#include "bytes.h"

/* Kinds of keys: of a whole text, of a word and of signs beyond ASCII in a number. */
enum { NAME_KEY, TITLE_KEY, NUMBER_KEY, WORD_KEY, SIGNS_KEY };

/* Writes the key of `size` bytes of text into `out` if it has the room, and returns how long it is;
   BY_ITSELF_NONE where a word's key depends on what stands beside it, another number below 0 where
   it failed. */
typedef int64_t (*key_maker)(int32_t kind, const char *text, size_t size, char *out, size_t room);
enum { BY_ITSELF_NONE = -2 };

/* A word that was asked for: it stands in the pool, its key behind it. */
typedef struct {
    uint64_t hash; /* 0 for a free place */
    size_t at;
    uint32_t size;
    uint32_t key_size; /* UNKEYED where it has none by itself */
} learned;

/* Places, and how many of them are taken at most. */
enum { LEARNED_ROOM = 1 << 18, MOST_LEARNED = 100000 };
#define UNKEYED UINT32_MAX

typedef struct {
    key_maker make;
    text name_words;   /* articles and words for "and", a line each */
    text title_words;  /* words for "and" */
    size_t longest;    /* of these */
    learned *places;
    size_t used;
    buffer pool;
    buffer folded;
    int failed;
} speller;

/* Whether a word is one of these lines. */
static int is_listed(text lines, const char *word, size_t size)
{
    const char *at = lines.at, *end = lines.at + lines.size;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        if ((size_t)(stop - at) == size && memcmp(at, word, size) == 0)
            return 1;
        at = stop + 1;
    }
    return 0;
}

/* The length of the longest line. */
static size_t longest_of(text lines)
{
    size_t longest = 0, size = 0;
    for (size_t at = 0; at < lines.size; at++) {
        size = lines.at[at] == '\n' ? 0 : size + 1;
        if (size > longest)
            longest = size;
    }
    return longest;
}

static char lower(char sign)
{
    return sign >= 'A' && sign <= 'Z' ? (char)(sign + 32) : sign;
}

static int is_plain_sign(char sign)
{
    char small = lower(sign);
    return (small >= 'a' && small <= 'z') || (sign >= '0' && sign <= '9');
}

/* The key of a text, from Python. Returns 0 where it has none by itself, or where asking failed. */
static int ask(speller *here, int32_t kind, text value, buffer *key)
{
    size_t room = 2 * value.size + 64;
    key->size = 0;
    while (reserve(key, room)) {
        int64_t size = here->make(kind, value.at, value.size, key->at, key->room);
        if (size >= 0 && (uint64_t)size <= key->room) {
            key->size = (size_t)size;
            return 1;
        }
        if (size == BY_ITSELF_NONE)
            return 0;
        if (size < 0 || size > (int64_t)1 << 30)
            break;
        room = (size_t)size;
    }
    here->failed = 1;
    return 0;
}

static uint64_t hash_of(int32_t kind, text word)
{
    uint64_t hash = 14695981039346656037u + (uint64_t)kind;
    for (size_t at = 0; at < word.size; at++)
        hash = (hash ^ (unsigned char)word.at[at]) * 1099511628211u;
    return hash | 1;
}

static learned *place_of(const speller *here, uint64_t hash, text word)
{
    size_t at = (hash >> 20) & (LEARNED_ROOM - 1);
    for (;; at = (at + 1) & (LEARNED_ROOM - 1)) {
        learned *place = &here->places[at];
        if (place->hash == 0 ||
            (place->hash == hash && same((text){here->pool.at + place->at, place->size}, word)))
            return place;
    }
}

/* Room for one more; what was learned is forgotten where it has become too much. */
static int make_room(speller *here)
{
    if (here->places == NULL) {
        here->places = calloc(LEARNED_ROOM, sizeof(learned));
    } else if (here->used >= MOST_LEARNED) {
        memset(here->places, 0, LEARNED_ROOM * sizeof(learned));
        here->used = here->pool.size = 0;
    }
    return here->places != NULL;
}

/* Puts the key of a word, or of signs in a number, behind what is in `out`; 0 where its neighbours
   count. */
static int put_learned(speller *here, int32_t kind, text word, buffer *out, buffer *scratch)
{
    if (!make_room(here)) {
        here->failed = 1;
        return 0;
    }
    uint64_t hash = hash_of(kind, word);
    learned *place = place_of(here, hash, word);
    if (place->hash == 0) {
        int found = ask(here, kind, word, scratch);
        if (here->failed || word.size > UINT32_MAX / 2 || scratch->size > UINT32_MAX / 2)
            return 0;
        *place = (learned){hash, here->pool.size, (uint32_t)word.size,
                           found ? (uint32_t)scratch->size : UNKEYED};
        here->used++;
        put_text(&here->pool, word);
        if (found)
            put_text(&here->pool, written(scratch));
        if (here->pool.failed)
            return 0;
    }
    if (place->key_size == UNKEYED)
        return 0;
    put(out, here->pool.at + place->at + place->size, place->key_size);
    return 1;
}

/* A word of ASCII folded behind what is in `out`, a blank where a sign parts it. Returns 0 for signs
   that stand for something, or for nothing, by what is beside them. */
static int fold_signs(text word, buffer *out)
{
    if (word.size == 1 && word.at[0] == '&') {
        PUT(out, "and");
        return 1;
    }
    /* Alone it parts a title from an edition, and behind all it closes one. */
    if (word.at[word.size - 1] == '-' || (word.size == 1 && strchr("/:", word.at[0]) != NULL))
        return 0;
    for (size_t at = 0; at < word.size; at++) {
        char sign = word.at[at];
        if (is_plain_sign(sign)) {
            sign = lower(sign);
            put(out, &sign, 1);
        } else if (sign == '\'') {
            /* "rock 'n' roll" is another word */
            if (word.size <= 3 && memchr(word.at, 'n', word.size) != NULL)
                return 0;
            if (word.size <= 3 && memchr(word.at, 'N', word.size) != NULL)
                return 0;
        } else if (sign != 0 && strchr("-/:\"<>?*#;=@_~|\\^{}%", sign) != NULL) {
            PUT(out, " ");
        } else {
            return 0;
        }
    }
    return 1;
}

static int fold_word(speller *here, text word, buffer *out, buffer *scratch)
{
    int plain = 1;
    for (size_t at = 0; at < word.size; at++) {
        if ((unsigned char)word.at[at] >= 0x80)
            return put_learned(here, WORD_KEY, word, out, scratch);
        plain &= is_plain_sign(word.at[at]);
    }
    if (!plain)
        return fold_signs(word, out);
    if (!reserve(out, word.size))
        return 0;
    for (size_t at = 0; at < word.size; at++)
        out->at[out->size++] = lower(word.at[at]);
    return 1;
}

/* The next word of a text of words with blanks between; its size is 0 at the end. */
static text next_word(cursor *from)
{
    while (from->at < from->end && *from->at == ' ')
        from->at++;
    const char *start = from->at;
    while (from->at < from->end && *from->at != ' ')
        from->at++;
    return (text){start, (size_t)(from->at - start)};
}

/* Folded words as a key: "and" for every word for it, and "the" left out of names. 0 where only such
   words are there, or articles of other languages. */
static int join_words(const speller *here, int32_t kind, buffer *key)
{
    cursor from = {here->folded.at, here->folded.at + here->folded.size};
    int others = 0;
    key->size = 0;
    for (text word = next_word(&from); word.size != 0; word = next_word(&from)) {
        int listed = word.size <= here->longest;
        if (listed && is_listed(here->title_words, word.at, word.size)) {
            word = TEXT("and");
        } else if (listed && kind == NAME_KEY && is_listed(here->name_words, word.at, word.size)) {
            if (!same(word, TEXT("the")))
                return 0;
            continue;
        } else {
            others = 1;
        }
        if (key->size != 0)
            PUT(key, " ");
        put_text(key, word);
    }
    return others;
}

/* The key of a name or a title. */
static void put_key(speller *here, int32_t kind, text value, buffer *key)
{
    cursor from = {value.at, value.at + value.size};
    buffer *folded = &here->folded;
    folded->size = 0;
    for (text word = next_word(&from); word.size != 0; word = next_word(&from)) {
        if (!fold_word(here, word, folded, key)) {
            folded->size = 0;
            break;
        }
        PUT(folded, " ");
    }
    if (!join_words(here, kind, key) && !here->failed)
        ask(here, kind, value, key);
}

/* The key of a catalogue number, barcode or the like: letters and digits. */
static text number_key(speller *here, text value, buffer *key)
{
    key->size = 0;
    for (size_t at = 0; at < value.size; at++) {
        char sign = lower(value.at[at]);
        if ((unsigned char)sign >= 0x80) {
            size_t start = at;
            while (at + 1 < value.size && (unsigned char)value.at[at + 1] >= 0x80)
                at++;
            text signs = {value.at + start, at + 1 - start};
            if (!put_learned(here, SIGNS_KEY, signs, key, &here->folded)) {
                ask(here, NUMBER_KEY, value, key);
                break;
            }
        } else if (is_plain_sign(sign)) {
            put(key, &sign, 1);
        }
    }
    return written(key);
}

static int speller_failed(const speller *here)
{
    return here->failed || here->pool.failed || here->folded.failed;
}

static void free_speller(speller *here)
{
    free(here->places);
    free(here->pool.at);
    free(here->folded.at);
}

#endif
