/* One record taken apart, as strictly as catalog/dumps/columns.py: known elements in known order.
   Whatever else stands there makes the record ODD, which costs time and loses nothing. */

#ifndef VINILOGY_READING_H
#define VINILOGY_READING_H

#include "xml.h"

/* Tracks inside of tracks, so deep at most. */
enum { DEEPEST = 4 };

/* How many pieces a row of each list has. */
enum { CREDIT = 5, LABEL = 3, FORMAT = 3, IDENTIFIER = 3 };

/* Plain pieces of a record, "" for what is missing. */
typedef struct {
    text id;
    text title;
    text country;
    text released;
    text master;
    texts artists;      /* number, bare name, the "(2)" behind it, variation, join */
    texts labels;       /* bare name, catalogue number, number */
    texts formats;      /* name, quantity, text */
    texts descriptions; /* of every format, each format's with one at NULL behind them */
    texts genres;
    texts styles;
    texts identifiers;  /* kind, description, value */
    buffer tracks;      /* JSON */
    buffer companies;   /* the same */
    texts track_artists;
    buffer line;
    buffer plain;       /* what held references */
} record;

/* ("Scuba", "4") from "Scuba (4)". ODD where only Unicode's tables say what is a digit. */
static int bare_name(text name, text *bare, text *number)
{
    *bare = name;
    *number = TEXT("");
    if (name.size < 5 || name.at[name.size - 1] != ')')
        return FINE;
    size_t at = name.size - 1;
    while (at > 1 && !(name.at[at - 2] == ' ' && name.at[at - 1] == '('))
        at--;
    size_t size = name.size - 1 - at;
    if (at <= 2 || size == 0)
        return FINE;
    int foreign = 0;
    for (size_t one = at; one < name.size - 1; one++) {
        unsigned char sign = (unsigned char)name.at[one];
        if (sign >= 0x80)
            foreign = 1;
        else if (sign < '0' || sign > '9')
            return FINE;
    }
    if (foreign) /* seven signs or more are no such number, whatever they are */
        return size > 24 ? FINE : ODD;
    if (size <= 6) {
        *bare = (text){name.at, at - 2};
        *number = (text){name.at + at, size};
    }
    return FINE;
}

/* Passes an element of a release that nothing is kept of. ODD for one that something is kept of: out of
   its place the parser decides. */
static int skip_other(cursor *from)
{
    static const text kept[] = {
        {"release", 7},   {"artists", 7},     {"title", 5},     {"labels", 6}, {"formats", 7},
        {"genres", 6},    {"styles", 6},      {"country", 7},   {"released", 8},
        {"master_id", 9}, {"tracklist", 9},   {"identifiers", 11}, {"companies", 9},
    };
    text name;
    int empty = 0;
    if (!skip_tag(from, &name, &empty))
        return ODD;
    for (size_t at = 0; at < sizeof kept / sizeof kept[0]; at++)
        if (same(kept[at], name))
            return ODD;
    return empty || (skip_elements(from) && skip_end(from, name));
}

/* Passes `<name>text</name>` if it is there; 0 when it does not end. */
#define PASS(from, name)                                                                      \
    (!SKIP((from), "<" name ">") ||                                                           \
     ((from)->at = first_sign((from)->at, (from)->end, '<', '<', '<'), SKIP((from), "</" name ">")))

/* Passes those who had a part in something. The usual ones are passed quickly. */
static int skip_credits(cursor *from)
{
    cursor next = *from;
    while (SKIP(&next, "<artist>") && PASS(&next, "id") && PASS(&next, "name") &&
           PASS(&next, "anv") && PASS(&next, "join") && PASS(&next, "role") &&
           PASS(&next, "tracks") && SKIP(&next, "</artist>"))
        *from = next;
    return skip_elements(from) && SKIP(from, "</extraartists>");
}

/* `<artist>` after `<artist>`. On tracks some have no number. */
static int read_artists(cursor *from, buffer *plain, texts *artists, int with_numbers)
{
    while (SKIP(from, "<artist>")) {
        text id = TEXT(""), name, bare, number, variation, join;
        if (SKIP(from, "<id>")) {
            if (!number_until(from, '<', 9, &id) || !SKIP(from, "</id>") || id.at[0] == '0')
                return ODD;
        } else if (with_numbers) {
            return ODD;
        }
        if (!SKIP(from, "<name>") || !value_until(from, '<', plain, &name) ||
            !SKIP(from, "</name>") || !bare_name(name, &bare, &number) ||
            !ELEMENT(from, "anv", plain, &variation) || !ELEMENT(from, "join", plain, &join))
            return ODD;
        (void)SKIP(from, "<role/>");
        (void)SKIP(from, "<tracks/>");
        if (!SKIP(from, "</artist>"))
            return ODD;
        add(artists, id);
        add(artists, bare);
        add(artists, number);
        add(artists, variation);
        add(artists, join);
    }
    return FINE;
}

/* How an artist is written in a line. */
static text credited(const text *row)
{
    return row[3].size != 0 ? row[3] : row[1];
}

/* A credit in one line: "Rodrigo y Gabriela feat. C.U.B.A.". */
static void credit_line(const texts *artists, buffer *line)
{
    for (size_t at = 0; at + CREDIT <= artists->size; at += CREDIT) {
        put_text(line, credited(artists->at + at));
        text join = artists->at[at + 4];
        if (at + CREDIT == artists->size)
            break;
        if (join.size == 0 || same(join, TEXT(","))) {
            PUT(line, ", ");
        } else {
            PUT(line, " ");
            put_text(line, join);
            PUT(line, " ");
        }
    }
}

static int read_labels(cursor *from, record *one)
{
    while (SKIP(from, "<label name=\"")) {
        text name, number, catno, id = TEXT("");
        if (!value_until(from, '"', &one->plain, &name) || !SKIP(from, "\" catno=\"") ||
            !value_until(from, '"', &one->plain, &catno) || !SKIP(from, "\"") ||
            !bare_name(name, &name, &number))
            return ODD;
        if (SKIP(from, " id=\"") &&
            !(number_until(from, '"', 9, &id) && SKIP(from, "\"")))
            return ODD;
        if (!SKIP(from, "/>"))
            return ODD;
        add(&one->labels, name);
        add(&one->labels, catno);
        add(&one->labels, id);
    }
    return FINE;
}

static int read_descriptions(cursor *from, record *one)
{
    if (SKIP(from, "<descriptions>")) {
        while (SKIP(from, "<description>")) {
            text described;
            if (!value_until(from, '<', &one->plain, &described) || !SKIP(from, "</description>"))
                return ODD;
            add(&one->descriptions, described);
        }
        if (!SKIP(from, "</descriptions>"))
            return ODD;
    }
    return SKIP(from, "</format>");
}

static int read_formats(cursor *from, record *one)
{
    while (SKIP(from, "<format name=\"")) {
        text name, quantity, words;
        if (!value_until(from, '"', &one->plain, &name) || !SKIP(from, "\" qty=\"") ||
            !value_until(from, '"', &one->plain, &quantity) || !SKIP(from, "\"") ||
            !ATTRIBUTE(from, "text", &one->plain, &words))
            return ODD;
        /* The parser takes blanks from around a name. */
        if (name.size != 0 && (name.at[0] == ' ' || name.at[name.size - 1] == ' '))
            return ODD;
        if (!SKIP(from, "/>") && !(SKIP(from, ">") && read_descriptions(from, one)))
            return ODD;
        add(&one->formats, name);
        add(&one->formats, quantity);
        add(&one->formats, words);
        add(&one->descriptions, (text){NULL, 0});
    }
    return FINE;
}

/* `<genre>` after `<genre>`, or `<style>`; one without text is none for a parser. */
static int read_kinds(cursor *from, text open, text close, buffer *plain, texts *kinds)
{
    while (skip(from, open.at, open.size)) {
        text kind;
        if (!value_until(from, '<', plain, &kind) || kind.size == 0 ||
            !skip(from, close.at, close.size))
            return ODD;
        add(kinds, kind);
    }
    return FINE;
}

static int read_genres_and_styles(cursor *from, record *one)
{
    if (SKIP(from, "<genres>") &&
        !(read_kinds(from, TEXT("<genre>"), TEXT("</genre>"), &one->plain, &one->genres) &&
          one->genres.size != 0 && SKIP(from, "</genres>")))
        return ODD;
    if (SKIP(from, "<styles>") &&
        !(read_kinds(from, TEXT("<style>"), TEXT("</style>"), &one->plain, &one->styles) &&
          one->styles.size != 0 && SKIP(from, "</styles>")))
        return ODD;
    return FINE;
}

/* From the country to the master. */
static int read_facts(cursor *from, record *one)
{
    if (!ELEMENT(from, "country", &one->plain, &one->country) ||
        !ELEMENT(from, "released", &one->plain, &one->released))
        return ODD;
    if (!SKIP(from, "<notes/>") && SKIP(from, "<notes>") &&
        !(skip_text(from) && SKIP(from, "</notes>")))
        return ODD;
    if (SKIP(from, "<data_quality>") && !(skip_text(from) && SKIP(from, "</data_quality>")))
        return ODD;
    one->master = TEXT("");
    if (SKIP(from, "<master_id is_main_release=\"")) {
        if (!(SKIP(from, "true\">") || SKIP(from, "false\">")) ||
            !number_until(from, '<', 8, &one->master) || !SKIP(from, "</master_id>"))
            return ODD;
        if (one->master.at[0] == '0')
            one->master = TEXT("");
    }
    return FINE;
}

static void put_member(buffer *json, text name, text value)
{
    put_text(json, name);
    put_json(json, value);
    PUT(json, "\"");
}

static int read_tracks(cursor *from, record *one, int depth);

/* What stands behind a track's duration: who plays it, who had a part in it, its own parts. */
static int read_rest_of_track(cursor *from, record *one, int timed, int depth)
{
    buffer *json = &one->tracks;
    if (SKIP(from, "<artists>")) {
        one->track_artists.size = 0;
        one->line.size = 0;
        if (!read_artists(from, &one->plain, &one->track_artists, 0) ||
            one->track_artists.size == 0 || !SKIP(from, "</artists>"))
            return ODD;
        credit_line(&one->track_artists, &one->line);
        put_member(json, TEXT(",\"artist\":\""), written(&one->line));
    }
    if (SKIP(from, "<extraartists>") && !skip_credits(from))
        return ODD;
    if (SKIP(from, "<sub_tracks>")) {
        PUT(json, ",\"kind\":\"index\",\"parts\":[");
        if (depth == DEEPEST || !read_tracks(from, one, depth + 1) || !SKIP(from, "</sub_tracks>"))
            return ODD;
        PUT(json, "]}");
    } else if (timed) {
        PUT(json, ",\"kind\":\"track\"}");
    } else {
        PUT(json, ",\"kind\":\"heading\"}");
    }
    return SKIP(from, "</track>");
}

/* `<track>` after `<track>`, at least one, as JSON objects with commas between. */
static int read_tracks(cursor *from, record *one, int depth)
{
    buffer *json = &one->tracks;
    int several = 0;
    while (SKIP(from, "<track>")) {
        text position, title, duration;
        if (!ELEMENT(from, "position", &one->plain, &position) || !SKIP(from, "<title>") ||
            !value_until(from, '<', &one->plain, &title) || !SKIP(from, "</title>") ||
            !ELEMENT(from, "duration", &one->plain, &duration))
            return ODD;
        if (several)
            PUT(json, ",");
        several = 1;
        put_member(json, TEXT("{\"position\":\""), position);
        put_member(json, TEXT(",\"title\":\""), title);
        put_member(json, TEXT(",\"duration\":\""), duration);
        if (!read_rest_of_track(from, one, position.size != 0 || duration.size != 0, depth))
            return ODD;
    }
    return several ? FINE : ODD;
}

static int read_company(cursor *from, record *one)
{
    buffer *json = &one->companies;
    text id, name, role, catno = TEXT("");
    int empty;
    if (!SKIP(from, "<id>") || !number_until(from, '<', 18, &id) ||
        !SKIP(from, "</id><name>") || !value_until(from, '<', &one->plain, &name) ||
        !SKIP(from, "</name>"))
        return ODD;
    empty = SKIP(from, "<catno/>");
    if (!SKIP(from, "<entity_type>") || !skip_text(from) ||
        !SKIP(from, "</entity_type><entity_type_name>") ||
        !value_until(from, '<', &one->plain, &role) || !SKIP(from, "</entity_type_name>"))
        return ODD;
    if (!empty && !ELEMENT(from, "catno", &one->plain, &catno))
        return ODD;
    if (SKIP(from, "<resource_url>") && !(skip_text(from) && SKIP(from, "</resource_url>")))
        return ODD;
    if (json->size > 1)
        PUT(json, ",");
    PUT(json, "{\"id\":");
    put_text(json, id);
    put_member(json, TEXT(",\"name\":\""), name);
    put_member(json, TEXT(",\"role\":\""), role);
    put_member(json, TEXT(",\"catno\":\""), catno);
    PUT(json, "}");
    return SKIP(from, "</company>");
}

static int read_identifier(cursor *from, record *one)
{
    text kind, description, value;
    if (!value_until(from, '"', &one->plain, &kind) || !SKIP(from, "\"") ||
        !ATTRIBUTE(from, "description", &one->plain, &description) ||
        !ATTRIBUTE(from, "value", &one->plain, &value) || !SKIP(from, "/>"))
        return ODD;
    add(&one->identifiers, kind);
    add(&one->identifiers, description);
    add(&one->identifiers, value);
    return FINE;
}

static int read_identifiers(cursor *from, record *one)
{
    while (SKIP(from, "<identifier type=\""))
        if (!read_identifier(from, one))
            return ODD;
    return SKIP(from, "</identifiers>");
}

static int read_companies(cursor *from, record *one)
{
    while (SKIP(from, "<company>"))
        if (!read_company(from, one))
            return ODD;
    return SKIP(from, "</companies>");
}

/* What stands behind the tracks, up to the end of the record. */
static int read_tail(cursor *from, record *one)
{
    PUT(&one->companies, "[");
    while (!SKIP(from, "</release>"))
        if (!(SKIP(from, "<identifiers>") ? read_identifiers(from, one)
              : SKIP(from, "<companies>") ? read_companies(from, one)
                                          : skip_other(from)))
            return ODD;
    PUT(&one->companies, "]");
    return left(from) == 0;
}

static void clear_record(record *one)
{
    one->artists.size = one->labels.size = one->formats.size = one->descriptions.size = 0;
    one->genres.size = one->styles.size = one->identifiers.size = one->track_artists.size = 0;
    one->tracks.size = one->companies.size = one->line.size = one->plain.size = 0;
}

static void free_record(record *one)
{
    texts *lists[] = {&one->artists, &one->labels, &one->formats, &one->descriptions, &one->genres,
                      &one->styles, &one->identifiers, &one->track_artists};
    buffer *buffers[] = {&one->tracks, &one->companies, &one->line, &one->plain};
    for (size_t at = 0; at < sizeof lists / sizeof lists[0]; at++)
        free(lists[at]->at);
    for (size_t at = 0; at < sizeof buffers / sizeof buffers[0]; at++)
        free(buffers[at]->at);
}

/* Whether memory was refused on the way. */
static int lacks_memory(const record *one)
{
    return one->artists.failed || one->labels.failed || one->formats.failed ||
           one->descriptions.failed || one->genres.failed || one->styles.failed ||
           one->identifiers.failed || one->track_artists.failed || one->tracks.failed ||
           one->companies.failed || one->line.failed || one->plain.failed;
}

/* One `<release>` element, whole, as it was cut. */
static int read_record(text whole, record *one)
{
    cursor at = {whole.at, whole.at + whole.size};
    cursor *from = &at;
    clear_record(one);
    /* Values without references are shorter than with them, so nothing in it will move. */
    if (!reserve(&one->plain, whole.size))
        return ODD;
    if (!SKIP(from, "<release id=\"") || !number_until(from, '"', 8, &one->id) ||
        one->id.at[0] == '0' || !SKIP(from, "\""))
        return ODD;
    (void)SKIP(from, " status=\"Accepted\"");
    if (!SKIP(from, "><artists>") || !read_artists(from, &one->plain, &one->artists, 1) ||
        !SKIP(from, "</artists><title>") || !value_until(from, '<', &one->plain, &one->title) ||
        !SKIP(from, "</title><labels>") || !read_labels(from, one) || !SKIP(from, "</labels>"))
        return ODD;
    while (!SKIP(from, "<formats>"))
        if (!(SKIP(from, "<extraartists>") ? skip_credits(from) : skip_other(from)))
            return ODD;
    if (!read_formats(from, one) || !SKIP(from, "</formats>") ||
        !read_genres_and_styles(from, one) || !read_facts(from, one) || !SKIP(from, "<tracklist>"))
        return ODD;
    PUT(&one->tracks, "[");
    if (!SKIP(from, "</tracklist>") &&
        !(read_tracks(from, one, 0) && SKIP(from, "</tracklist>")))
        return ODD;
    PUT(&one->tracks, "]");
    return read_tail(from, one);
}

#endif
