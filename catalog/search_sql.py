"""Statements that fill what the search box reads. Pure: the importer of dumps and the services run
them, each on a connection of its own."""

from __future__ import annotations

from catalog.spelling import LONGEST_KEY, SHORTEST

# How many of each kind are ranked as a whole and found despite typing mistakes.
POPULAR = {"artist": 40_000, "album": 80_000}
# Of an artist's other names so many signs are searched; its own also without blanks, "sigurros".
OTHER_NAMES = 400
# Two blanks: behind them stand the words of a name or title of another script in Latin letters.
# The statements here do not make them, `catalog.services.scripts` adds them.
LATIN = "  "

# The words of an entry for its indexes, which are used only for exactly this. They are folded
# already, so they are parted at blanks: PostgreSQL's parser takes twice as long and parts words of
# some scripts. It refuses words of 2,047 bytes where the parser leaves them out.
WORDS_VECTOR = """
    CASE WHEN octet_length(words) < 2047
        THEN array_to_tsvector(array_remove(string_to_array(words, ' '), ''))
        ELSE to_tsvector('simple'::regconfig, words) END
"""

# What an album is found by: the keys of its artists, then its own.
ALBUM_WORDS = """
    left(concat_ws(' ', (
        SELECT string_agg(a.normalised, ' ' ORDER BY c.position)
        FROM catalog_albumartist c JOIN catalog_artist a ON a.id = c.artist_id
        WHERE c.album_id = b.id AND NOT a.is_placeholder
    ), b.normalised), 2000)
"""


def _artist_words(names: str) -> str:
    return f"""
    left(concat_ws(' ', a.normalised,
        CASE WHEN a.normalised LIKE '%% %%' THEN replace(a.normalised, ' ', '') END,
        left({names}, {OTHER_NAMES})), 2000)
"""


ARTIST_WORDS = _artist_words("""(
        SELECT string_agg(n.normalised, ' ') FROM catalog_artistname n WHERE n.artist_id = a.id
    )""")
# An entry's words as these statements make them.
OWN_WORDS = f"split_part(e.words, '{LATIN}', 1)"
# Of artists who are new and have no other names yet.
NEW_ARTIST_WORDS = _artist_words("NULL::text")

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

# The same keys as catalog.spelling.keys, of short words some twice: an array of expressions takes a
# tenth of the time of a subquery for each word, and the index keeps each key once. Without its last
# letter a beginning is the one before it.
_KEYS = ", ".join(
    f"left(word, {size})"
    if gap == 0
    else f"left(word, {gap - 1}) || substr(word, {gap + 1}, {size - gap})"
    for size in range(SHORTEST, LONGEST_KEY + 1)
    for gap in range(size + (size == SHORTEST))
)
_COUNTED = f"""
    SELECT word, weight FROM (
        SELECT word, count(*) AS weight FROM (
            -- here and not joined: that makes a table of each text's words first
            SELECT unnest(string_to_array(texts.words, ' ')) AS word FROM ({{texts}}) texts
        ) all_words GROUP BY word
        OFFSET 0  -- each word is looked at once, and not each time that it comes
    ) every
    WHERE length(word) BETWEEN {SHORTEST} AND 100 AND word !~ '[0-9]'
"""
# Only what is new: most words of a month's new albums are known. In one order everywhere, so that
# two who add the same words at once do not wait for each other in a circle.
_ADD_WORDS = f"""
INSERT INTO catalog_searchword (word, weight, keys)
SELECT word, weight, ARRAY[{_KEYS}] FROM ({_COUNTED}) counted
WHERE NOT EXISTS (SELECT 1 FROM catalog_searchword known WHERE known.word = counted.word)
ORDER BY word COLLATE "C"
ON CONFLICT DO NOTHING
"""
_OF_POPULAR = "SELECT words FROM catalog_searchentry WHERE popular"
# Parameter: texts of words.
ADD_WORDS_OF = _ADD_WORDS.format(texts="SELECT unnest(%s::text[]) AS words")
ADD_WORDS = _ADD_WORDS.format(texts=_OF_POPULAR)
WEIGH_WORDS = f"""
UPDATE catalog_searchword known SET weight = counted.weight
FROM ({_COUNTED.format(texts=_OF_POPULAR)}) counted
WHERE known.word = counted.word AND known.weight <> counted.weight
"""
