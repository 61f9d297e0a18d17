"""What Hypothesis draws for several tests."""

from __future__ import annotations

import datetime as dt
import unicodedata

from hypothesis import strategies as st

_VOWELS = "aăâeêioôơuưy"
_TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]
_ONSETS = [
    "b",
    "c",
    "ch",
    "d",
    "đ",
    "g",
    "gh",
    "gi",
    "h",
    "k",
    "kh",
    "l",
    "m",
    "n",
    "ng",
    "ngh",
    "nh",
    "p",
    "ph",
    "qu",
    "r",
    "s",
    "t",
    "th",
    "tr",
    "v",
    "x",
]
_CODAS = ["", "", "c", "ch", "m", "n", "ng", "nh", "p", "t"]


@st.composite
def syllables(draw: st.DrawFn) -> str:
    """A syllable with its tone on any of its vowels, composed or not, in either case."""
    vowels = draw(st.text(_VOWELS, min_size=1, max_size=3))
    place = draw(st.integers(1, len(vowels)))
    marked = vowels[:place] + draw(st.sampled_from(_TONES)) + vowels[place:]
    syllable = draw(st.sampled_from(["", *_ONSETS])) + marked + draw(st.sampled_from(_CODAS))
    form = draw(st.sampled_from(["NFC", "NFD"]))
    return unicodedata.normalize(form, draw(st.sampled_from([str.lower, str.title]))(syllable))


def vietnamese() -> st.SearchStrategy[str]:
    """Syllables, numbers and signs as a comment mixes them."""
    pieces = st.one_of(syllables(), st.sampled_from(["k0", "8h30", "12/3", ",", "\n", "24.000đ"]))
    return st.lists(pieces, max_size=6).map(" ".join)


def days(first: dt.date = dt.date(2000, 1, 1)) -> st.SearchStrategy[dt.date]:
    """Days in which a notebook may be written."""
    return st.dates(first, dt.date(2060, 12, 31))
