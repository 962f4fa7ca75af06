"""The one table of what evidence is worth. Pure.

Log odds, fitted by logistic regression with `python -m bench.fit_matching` to labelled pairs of
names and offers, and to strangers; rounded. A confidence is the logistic of the base and of every
part's weight times its value (mostly 1). Marked ones were set by hand: too few pairs show them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Weight:
    weight: float
    says: str


@dataclass(frozen=True)
class Band:
    """Confidences from `same_from` are the same, those below `ask_from` different; between them a
    person is asked."""

    ask_from: float
    same_from: float


WEIGHTS: dict[str, dict[str, Weight]] = {
    "artist": {
        "base": Weight(0.95, "before any evidence"),
        "same_words": Weight(3.84, "the same words, in another order or broken differently"),
        "umlauts": Weight(0.67, "the same but for umlauts spelled out"),
        "alias_named": Weight(0.85, "one text names the other as an alias"),
        "aside": Weight(1.61, "the same but for a nickname or a remark in brackets"),
        "initials": Weight(2.17, "first names are initials of the other"),
        "initials_alike": Weight(1.12, "first names are initials, the surname is spelled alike"),
        "last_initial": Weight(-0.38, "the last word is an initial of the other"),
        "short_first_name": Weight(0.72, "a short form of the first name"),
        "middle_name": Weight(1.32, "a name in the middle is left out"),
        "acronym": Weight(0.67, "one is the initials of the other"),
        "title_word": Weight(0.55, "the same but for a title such as DJ or Mr."),
        "group_word": Weight(0.28, "the same but for a word such as Band or Project"),
        "generation": Weight(-2.59, "only one is Jr. or Sr."),
        "surname": Weight(1.96, "one is the surname of the other"),
        "forename": Weight(-1.58, "one is the first word of the other"),
        "one_word": Weight(0.85, "one is a word in the middle of the other"),
        "letter_more": Weight(-0.47, "the same but for one letter standing alone"),
        "last_words": Weight(1.00, "one is the last words of the other"),
        "more_words": Weight(-0.40, "one has further words"),  # by hand
        "more_people": Weight(-3.07, "one names further people"),
        "ensemble": Weight(-2.40, "only one names an orchestra or an ensemble"),
        "homonym": Weight(-2.34, "the same name, numbered as a homonym in one"),
        "homonyms": Weight(-2.36, "the same name, numbered as different homonyms"),
        "numbered": Weight(-2.01, "only one is numbered as a homonym, or both differently"),
        "no_relation": Weight(-2.52, "the names are only spelled more or less alike"),
        "likeness": Weight(-0.22, "how alike the letters are"),
        "worst_word": Weight(1.07, "how alike the least alike words are"),
        "one_letter": Weight(1.29, "one letter differs, in a name of several words"),
        "one_letter_of_word": Weight(0.29, "one letter differs, in a single word"),
        "plural": Weight(0.13, "only one ends in s"),
        "sounds_alike": Weight(1.11, "they sound alike"),
        "word_sounds_alike": Weight(0.06, "they sound alike, as single words"),
        "same_surname": Weight(1.13, "the same surname, with first names this much alike"),
        "spelt_inside": Weight(2.61, "every word of one is in the other, but for misspellings"),
        "first_letter": Weight(-1.99, "the first letters differ"),
        "other_script": Weight(1.02, "they are in different scripts, compared in Latin letters"),
        "short": Weight(0.36, "one is short, so that likeness means little"),
        "digits": Weight(0.35, "their digits differ"),
    },
    "album": {
        "base": Weight(-0.72, "before any evidence"),
        "artist_same": Weight(1.63, "the same artist"),
        "artist_part": Weight(1.34, "one credit is part of the other"),
        "artist_alike": Weight(0.51, "the artists are spelled alike"),
        "artist_homonym": Weight(-3.00, "artists of one name, numbered differently"),  # by hand
        "artist_other": Weight(-3.48, "different artists"),
        "title_same": Weight(2.13, "the same title"),
        "title_note": Weight(1.97, "the same title, one with a remark in brackets"),
        "title_notes_differ": Weight(-0.34, "the same title with different remarks in brackets"),
        "title_cut": Weight(0.70, "one title is the other, cut off"),
        "title_subtitle": Weight(0.93, "one title is the other without its subtitle"),
        "title_side": Weight(0.39, "one title is one side of the other"),
        "title_one_word_more": Weight(-2.01, "one title has one word more"),
        "title_words_more": Weight(-0.55, "one title goes on where the other ends"),
        "title_inside": Weight(-0.27, "one title is within the other"),
        "title_other": Weight(-2.96, "the titles are only spelled more or less alike"),
        "title_alike": Weight(0.59, "how alike the letters are"),
        "title_worst_word": Weight(1.79, "how alike the least alike words are"),
        "title_shared_words": Weight(-0.09, "share of words in common"),
        "title_one_letter": Weight(-0.22, "one letter of a short title differs"),
        "title_letter_of_many": Weight(1.52, "one letter of a long title differs"),
        "only_one_live": Weight(-0.65, "only one is a concert"),
        "only_one_remix": Weight(0.44, "only one speaks of remixes"),
        "only_one_ep": Weight(1.25, "only one is an EP"),
        "only_one_other_take": Weight(-1.61, "only one tells of demos, hits, a soundtrack"),
        "noted_live": Weight(-3.00, "a bracket of one says it is a concert"),  # by hand
        "noted_remix": Weight(1.77, "a bracket of one speaks of remixes"),
        "noted_ep": Weight(0.00, "a bracket of one says EP"),  # by hand
        "noted_other_take": Weight(0.10, "a bracket of one tells of demos, hits, a soundtrack"),
        "other_number": Weight(-0.29, "their numbers differ"),
        "one_number": Weight(0.90, "only one has a number"),
    },
    "listing": {
        "base": Weight(-1.13, "before any evidence"),
        "album": Weight(3.30, "whether they are of one album at all"),
        "one_hand": Weight(-4.71, "two texts of one hand that differ"),
        "same_colour": Weight(-0.45, "the same colour"),
        "other_colour": Weight(-4.00, "different colours"),  # by hand
        "colour_both": Weight(-0.40, "both coloured, one says how"),
        "colour_named_by_one": Weight(-1.40, "only one names a colour"),
        "coloured_by_one": Weight(-1.32, "only one says it is coloured"),
        "colour_or_black": Weight(-2.45, "one is coloured, the other black"),
        "black_by_one": Weight(-0.85, "only one says it is black"),
        "only_one_deluxe": Weight(-1.69, "only one is a deluxe edition"),
        "only_one_box": Weight(-0.80, "only one is a box"),
        "only_one_picture": Weight(-1.46, "only one is a picture disc"),
        "only_one_limited": Weight(-1.98, "only one is limited"),
        "only_one_exclusive": Weight(-0.67, "only one is exclusive to some shops"),
        "only_one_signed": Weight(-1.56, "only one is signed"),
        "only_one_half_speed": Weight(0.41, "only one was cut at half speed"),
        "only_one_audiophile": Weight(1.34, "only one names an audiophile series"),
        "only_one_remaster": Weight(-0.31, "only one is a remaster or an anniversary edition"),
        "only_one_edition_name": Weight(-0.29, "only one names its edition"),
        "other_edition_name": Weight(-2.00, "editions of different names"),  # by hand
        "only_one_more_media": Weight(-1.89, "only one comes with a CD or the like"),
        "other_discs": Weight(-0.76, "different numbers of discs"),
        "other_discs_of_set": Weight(-0.32, "different numbers of discs, both of a set"),
        "other_size": Weight(-0.50, "different sizes"),  # by hand
        "other_year": Weight(-2.00, "different years"),  # by hand
        "other_country": Weight(-2.00, "different countries"),  # by hand
        "same_catno": Weight(3.00, "the same catalogue number"),  # by hand
        "other_catno": Weight(-3.00, "different catalogue numbers"),  # by hand
    },
}

BANDS = {
    "artist": Band(ask_from=0.50, same_from=0.68),
    "album": Band(ask_from=0.50, same_from=0.65),
    # What shops leave unsaid makes most offers of one album doubtful: here the likelier wins.
    "listing": Band(ask_from=0.40, same_from=0.50),
}
