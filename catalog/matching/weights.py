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
        "base": Weight(1.11, "before any evidence"),
        "same_words": Weight(4.04, "the same words, in another order or broken differently"),
        "umlauts": Weight(0.83, "the same but for umlauts spelled out"),
        "alias_named": Weight(1.04, "one text names the other as an alias"),
        "aside": Weight(1.66, "the same but for a nickname or a remark in brackets"),
        "initials": Weight(2.22, "first names are initials of the other"),
        "initials_alike": Weight(1.33, "first names are initials, the surname is spelled alike"),
        "last_initial": Weight(0.20, "the last word is an initial of the other"),
        "short_first_name": Weight(0.97, "a short form of the first name"),
        "last_letter": Weight(-1.42, "the last word is a letter, behind no first name"),
        "middle_name": Weight(1.54, "a name in the middle is left out"),
        "acronym": Weight(0.83, "one is the initials of the other"),
        "title_word": Weight(0.83, "the same but for a title such as DJ or Mr."),
        "group_word": Weight(0.20, "the same but for a word such as Band or Project"),
        "generation": Weight(-3.13, "only one is Jr. or Sr."),
        "surname": Weight(2.89, "one is the surname of the other"),
        "group_named": Weight(-1.42, "a group's name is the last word of the other's"),
        "said_twice": Weight(-2.50, "one says its only word more often"),  # by hand
        "forename": Weight(-1.80, "one is the first word of the other"),
        "one_word": Weight(1.04, "one is a word in the middle of the other"),
        "letter_more": Weight(-1.42, "the same but for one letter standing alone"),
        "cut_words": Weight(0.99, "a word of one is the beginning of the other's"),
        "same_meaning": Weight(1.33, "the same words in another language, or abbreviated"),
        "members_short": Weight(0.54, "the same people, named in short in one"),
        "alias_part": Weight(0.54, "one text names part of the other as an alias"),
        "ensemble_longer": Weight(0.54, "an orchestra or choir, with further words in one"),
        "initial_dropped": Weight(0.54, "the same but for an initial in front"),
        "transcribed": Weight(1.50, "a Slavic surname, written in another language"),  # by hand
        "last_words": Weight(1.04, "one is the last words of the other"),
        "more_words": Weight(0.20, "one has further words"),
        "tribute": Weight(-6.00, "one plays what the other made"),  # by hand
        "more_people": Weight(-3.25, "one names further people"),
        "ensemble": Weight(-3.06, "only one names an orchestra or an ensemble"),
        "homonym": Weight(-3.53, "the same name, numbered as a homonym in one"),
        "homonym_varied": Weight(0.83, "one name, spelled differently, numbered in one"),
        "homonyms": Weight(-2.89, "the same name, numbered as different homonyms"),
        "numbered": Weight(-1.72, "only one is numbered as a homonym, or both differently"),
        "both_numbered": Weight(-3.53, "both are numbered as homonyms, differently"),
        "no_relation": Weight(-2.78, "the names are only spelled more or less alike"),
        "likeness": Weight(-0.21, "how alike the letters are"),
        "worst_word": Weight(0.14, "how alike the least alike words are"),
        "one_letter": Weight(1.69, "one letter differs, in a name of several words"),
        "one_letter_of_word": Weight(0.38, "one letter differs, in a single word"),
        "plural": Weight(0.42, "only one ends in s"),
        "plural_of_word": Weight(-0.75, "only one ends in s, in a single word"),
        "sounds_alike": Weight(0.88, "they sound alike"),
        "word_sounds_alike": Weight(0.14, "they sound alike, as single words"),
        "same_surname": Weight(0.90, "the same surname, with first names this much alike"),
        "spelt_inside": Weight(2.51, "every word of one is in the other, but for misspellings"),
        "surname_alike": Weight(1.20, "one word is spelled nearly as the other's last"),
        "one_word_off": Weight(1.55, "one word differs, this much alike"),
        "other_letter": Weight(-1.30, "they differ in a letter that stands alone"),
        "other_known_name": Weight(-1.74, "they differ in a word, and both are common names"),
        "first_letter": Weight(-2.18, "the first letters differ"),
        "other_script": Weight(0.73, "they are in different scripts, compared in Latin letters"),
        "other_script_read": Weight(0.60, "Chinese characters, whose reading letters do not tell"),
        "heard_alike": Weight(1.64, "how alike their consonants are, as other scripts keep them"),
        "short": Weight(0.35, "one is short, so that likeness means little"),
        "digits": Weight(0.31, "their digits differ"),
    },
    "album": {
        "base": Weight(-1.17, "before any evidence"),
        "artist_same": Weight(1.51, "the same artist"),
        "artist_part": Weight(1.54, "one credit is part of the other"),
        "artist_alike": Weight(0.73, "the artists are spelled alike"),
        "artist_homonym": Weight(-3.00, "artists of one name, numbered differently"),  # by hand
        "artist_other": Weight(-3.78, "different artists"),
        "artist_untold": Weight(-1.30, "only one tells its artist"),  # by hand
        "artist_tribute": Weight(-6.00, "one plays what the other made"),  # by hand
        "title_same": Weight(2.55, "the same title"),
        "title_note": Weight(2.96, "the same title, one with a remark in brackets"),
        "title_notes_differ": Weight(0.10, "the same title with different remarks in brackets"),
        "title_ep": Weight(1.58, "the same title, one with EP behind it"),
        "title_script": Weight(0.80, "the same title, one in another script as well"),
        "title_transcribed": Weight(2.20, "the same title in other letters"),  # by hand
        "title_untitled": Weight(0.98, "one is called untitled"),
        "title_volumes": Weight(-1.65, "the same title with different numbers"),
        "title_sequel": Weight(-2.22, "the same title, one with a number"),
        "title_year": Weight(0.80, "the same title, one with a year"),
        "title_remixed": Weight(-1.49, "one title goes on with a word for remixes"),
        "title_misspelt": Weight(1.44, "a letter differs in a long title, or they sound alike"),
        "part_of_set": Weight(1.39, "only one is a part of a set"),
        "parts_of_set": Weight(0.27, "different parts of one set"),
        "title_cut": Weight(1.07, "one title is the other, cut off"),
        "title_subtitle": Weight(1.20, "one title is the other without its subtitle"),
        "title_side": Weight(0.58, "one title is one side of the other"),
        "title_one_word_more": Weight(-2.37, "one title has one word more"),
        "title_words_more": Weight(-1.45, "one title goes on where the other ends"),
        "title_inside": Weight(-0.40, "one title is within the other"),
        "title_other": Weight(-3.06, "the titles are only spelled more or less alike"),
        "title_alike": Weight(1.45, "how alike the letters are"),
        "title_worst_word": Weight(1.84, "how alike the least alike words are"),
        "title_shared_words": Weight(0.43, "share of words in common"),
        "title_one_letter": Weight(-0.76, "one letter of a short title differs"),
        "only_one_live": Weight(-0.03, "only one is a concert"),
        "only_one_remix": Weight(2.63, "only one speaks of remixes"),
        "only_one_ep": Weight(0.34, "only one is an EP"),
        "only_one_other_kind": Weight(-1.18, "only one is a soundtrack, a collection, hits"),
        "only_one_other_take": Weight(-0.29, "only one tells of demos, sessions, covers"),
        "noted_live": Weight(-5.00, "a bracket of one says it is a concert"),  # by hand
        "noted_remix": Weight(2.02, "a bracket of one speaks of remixes"),
        "noted_remixed": Weight(-6.50, "a bracket of one says it is mixed anew"),  # by hand
        "noted_single": Weight(-1.50, "a bracket of one says it is a single"),  # by hand
        "noted_ep": Weight(0.00, "a bracket of one says EP"),  # by hand
        "noted_other_take": Weight(-4.00, "a bracket of one tells of demos, sessions"),  # by hand
        "noted_other_kind": Weight(0.11, "a bracket of one says soundtrack, collection, hits"),
        "other_number": Weight(-1.70, "their numbers differ"),
        "one_number": Weight(0.59, "only one has a number"),
    },
    "listing": {
        "base": Weight(-1.92, "before any evidence"),
        "album": Weight(3.74, "whether they are of one album at all"),
        "one_hand": Weight(-3.69, "two texts of one hand that differ"),
        "same_colour": Weight(-0.17, "the same colour"),
        "other_colour": Weight(-4.00, "different colours"),  # by hand
        "colour_both": Weight(-0.38, "both coloured, one says how"),
        "colour_named_by_one": Weight(-1.52, "only one names a colour"),
        "coloured_by_one": Weight(-0.88, "only one says it is coloured"),
        "colour_or_black": Weight(-2.09, "one is coloured, the other black"),
        "black_by_one": Weight(-0.53, "only one says it is black"),
        "colour_in_brackets": Weight(1.22, "the colour is named in brackets"),
        "colour_by_careful": Weight(-1.96, "the colour is named by a shop that seldom does"),
        "silent_in_capitals": Weight(-0.77, "the one that writes in capitals names no colour"),
        "size_of_album": Weight(0.93, "one says LP, the other the size of its discs"),
        "only_one_deluxe": Weight(-1.82, "only one is a deluxe edition"),
        "only_one_box": Weight(-1.86, "only one is a box"),
        "only_one_picture": Weight(-1.05, "only one is a picture disc"),
        "only_one_limited": Weight(-1.74, "only one is limited"),
        "only_one_exclusive": Weight(-0.47, "only one is exclusive to some shops"),
        "only_one_signed": Weight(-1.06, "only one is signed"),
        "only_one_half_speed": Weight(0.41, "only one was cut at half speed"),
        "only_one_audiophile": Weight(1.06, "only one names an audiophile series"),
        "only_one_remaster": Weight(-0.30, "only one is a remaster or an anniversary edition"),
        "only_one_edition_name": Weight(-0.60, "only one names its edition"),
        "other_edition_name": Weight(-2.00, "editions of different names"),  # by hand
        "only_one_more_media": Weight(-2.23, "only one comes with a CD or the like"),
        "same_edition_said": Weight(0.91, "both name the same edition, in part of their words"),
        "seldom_pressed": Weight(0.68, "a concert, a soundtrack, sessions or a collection"),
        "other_discs": Weight(-0.61, "different numbers of discs"),
        "other_discs_of_set": Weight(-1.27, "different numbers of discs, both of a set"),
        "discs_despite_number": Weight(1.50, "other discs, but one label and number"),  # by hand
        "other_size": Weight(-3.00, "different sizes"),  # by hand
        "other_year": Weight(-2.00, "different years"),  # by hand
        "other_country": Weight(-2.00, "different countries"),  # by hand
        "same_catno": Weight(3.00, "the same catalogue number"),  # by hand
        "other_catno": Weight(-3.00, "different catalogue numbers"),  # by hand
    },
}

# Evidence that contradicts the rest, or lacks what counts most, so that a person is asked, however
# sure the rest is.
DOUBTFUL = frozenset(("noted_single", "discs_despite_number", "artist_untold"))

# `same_from` is the least confidence from which 98 of 100 pairs called the same are so, measured
# on artists that the table had not seen; below it, where the same is the likelier, a person is
# asked. For albums one half is sure enough.
BANDS = {
    "artist": Band(ask_from=0.50, same_from=0.68),
    "album": Band(ask_from=0.50, same_from=0.50),
    # No confidence reaches that for offers: what shops leave unsaid leaves most offers of one album
    # doubtful, to a person as well, so nobody is asked; only a barcode settles it. Up to here
    # precision is gained at less than one point of accuracy.
    "listing": Band(ask_from=0.66, same_from=0.66),
}
