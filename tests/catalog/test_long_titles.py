"""A text of thousands of words is read as quickly for its length as a title."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.matching import editions, read_title, strip_edition, title_reading

PIECES = st.sampled_from(
    ["LP ", "(remastered) ", "[2LP]", " - LP", "red vinyl ", "feat. ", "-OST- ", "(", " / ", " x"]
)


def signs_looked_at(module, read, text):
    """How many signs were searched for a part at the end, in all rounds together."""
    looked = []
    last_part = module._last_part

    def counted(rest):
        looked.append(len(rest))
        return last_part(rest)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "_last_part", counted)
        read(text)
    return sum(looked)


@settings(max_examples=15)
@given(pieces=st.lists(PIECES, min_size=1, max_size=3), times=st.integers(500, 1000))
def test_words_that_come_again_and_again_are_not_all_read_in_each_round(pieces, times):
    text = "".join(["Rumours ", *pieces * times])

    for module, read in ((title_reading, read_title.__wrapped__), (editions, strip_edition)):
        # However long the text: its end, and that once for each part of it.
        assert signs_looked_at(module, read, text) <= module.LONGEST**2


def test_a_long_text_keeps_its_words_and_loses_what_its_end_says_of_the_edition():
    words = " ".join(f"word{n}" for n in range(1000))

    title = read_title(f"{words} (2013 Remaster)")
    assert title.edition.remaster and title.edition.year == 2013
    assert len(title.tokens) == 1000 and title.tokens[0] == "word0"
    assert read_title(f"Another {words} (2013 Remaster)").tokens != title.tokens
    assert strip_edition(f"{words} (2013 Remaster)") == (words, "2013 Remaster")
