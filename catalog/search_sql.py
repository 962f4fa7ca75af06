"""Statements that fill what the search box reads. Pure: the importer of dumps and the services run
them, each on a connection of its own."""

from __future__ import annotations

from catalog.spelling import LONGEST_KEY, SHORTEST

# How many of each kind are ranked as a whole and found despite typing mistakes.
POPULAR = {"artist": 40_000, "album": 80_000}
# Of an artist's other names so many signs are searched; its own also without blanks, "sigurros".
OTHER_NAMES = 400

# What an album is found by: the keys of its artists, then its own.
ALBUM_WORDS = """
    left(concat_ws(' ', (
        SELECT string_agg(a.normalised, ' ' ORDER BY c.position)
        FROM catalog_albumartist c JOIN catalog_artist a ON a.id = c.artist_id
        WHERE c.album_id = b.id AND NOT a.is_placeholder
    ), b.normalised), 2000)
"""
ARTIST_WORDS = f"""
    left(concat_ws(' ', a.normalised,
        CASE WHEN a.normalised LIKE '%% %%' THEN replace(a.normalised, ' ', '') END, left((
        SELECT string_agg(n.normalised, ' ') FROM catalog_artistname n WHERE n.artist_id = a.id
    ), {OTHER_NAMES})), 2000)
"""

# Only rows whose mark changes are written. Numbered in one pass: without fresh statistics a join
# with the best is planned as a loop over both. Parameters: how many, kind.
MARK_POPULAR = """
UPDATE catalog_searchentry e SET popular = r.best
FROM (
    SELECT id, popular, row_number() OVER (ORDER BY popularity DESC, id) <= %s AS best
    FROM catalog_searchentry WHERE kind = %s
) r
WHERE e.id = r.id AND r.popular <> r.best
"""

# The same keys as catalog.spelling.keys, for many words at once; `{words}` gives word and weight.
_ADD_WORDS = f"""
INSERT INTO catalog_searchword (word, weight, keys)
SELECT w.word, w.weight, ARRAY(
    SELECT DISTINCT CASE WHEN gap = 0 THEN left(w.word, size)
        ELSE overlay(left(w.word, size) PLACING '' FROM gap FOR 1) END
    FROM generate_series({SHORTEST}, least(length(w.word), {LONGEST_KEY})) AS size,
        generate_series(0, size) AS gap
)
FROM ({{words}}) w
ON CONFLICT (word) DO UPDATE SET weight = excluded.weight
    WHERE catalog_searchword.weight < excluded.weight
"""
_TAKEN = f"length(word) BETWEEN {SHORTEST} AND 100 AND word !~ '[0-9]'"
# Parameter: texts of words.
ADD_WORDS_OF = _ADD_WORDS.format(
    words=f"""
    SELECT word, count(*) AS weight FROM (
        SELECT unnest(string_to_array(words, ' ')) AS word FROM unnest(%s::text[]) AS words
    ) all_words WHERE {_TAKEN} GROUP BY word
"""
)
ADD_WORDS = _ADD_WORDS.format(
    words=f"""
    SELECT word, count(*) AS weight FROM (
        SELECT unnest(string_to_array(words, ' ')) AS word
        FROM catalog_searchentry WHERE popular
    ) all_words WHERE {_TAKEN} GROUP BY word
"""
)
