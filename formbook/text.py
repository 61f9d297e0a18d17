"""Vietnamese text: one form to store, one to compare, one to search, one to sort by.

Stands on the standard library's Unicode tables, on the two accepted placements of tone marks
(hòa and hoà: https://www.github.com/monkeytypegame/monkeytype/issues/4972), on the Vietnamese
alphabet's order (http://vietunicode.sourceforge.net/charset/quytacABC_en.html) and, for what
outranks what, on the Vietnamese collation of CLDR: letters of the whole text first, then tones.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

_LINE_ENDS = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile("[\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u200b\u2060\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_WORDS = re.compile("[^\\W_](?:[^\\W_]|[\u0300-\u036f])*")

_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng: the order of the dictionary
_TONE = re.compile(f"[{_TONES}]")
_EVERY_MARK = re.compile("[\u0300-\u036f]")
_LOOKS_LIKE_D_STROKE = str.maketrans("ðɖ", "đđ")  # eth and African d, typed for đ
_SYLLABLE = re.compile(
    "(ngh|gh|gi(?=[aăâeêioôơuưy])|kh|ng|nh|ch|ph|th|tr|qu(?=[aăâeêioôơy])|[bcdđfghjklmnpqrstvwxz])?"
    "([aăâeêioôơuưy]{1,3})"
    "(ch|nh|ng|[cmnpt])?"
)
_I_AFTER = frozenset("hklmst")

_CODE_POINTS = 0x110000
_DIGITS = re.compile(r"(\d+)")
_NUMBER = _CODE_POINTS + ord("0")
_ALPHABET = {letter: rank for rank, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}


class Sign(StrEnum):
    """What a comment may be in law, besides a comment."""

    COMPLAINT = "complaint"
    DENUNCIATION = "denunciation"


_COMPLAINT = re.compile(r"(?<![^\W_])(kh[il1]eu)[\s–-]*(na[il1])(?![^\W_])")
_DENUNCIATION = re.compile(r"(?<![^\W_])(t[o0])[\s–-]*(cao)(?![^\W_])")
_FACTORS = frozenset({"yếu", "nhân", "nguyên", "độc", "sắc"})  # yếu tố cao nhất: no denunciation


def to_nfc(text: str) -> str:
    """Return `text` as it is stored: NFC, plain spaces, line ends of one kind.

    Letters and their marks stay as written. Every kind of space becomes a space, every line
    end a line feed; controls and characters that take no room are dropped; half a surrogate
    pair, which no file can hold, becomes U+FFFD.
    """
    text = _SPACES.sub(" ", _LINE_ENDS.sub("\n", text))
    return unicodedata.normalize("NFC", _SURROGATES.sub("\ufffd", _UNSEEN.sub("", text)))


def unify(text: str) -> str:
    """Return one spelling for all that are equally right, in lower case.

    The tone mark of an open oa, oe, uy goes on the first vowel (hòa, khỏe, thủy); where only
    one place is right it goes there (qúy → quý, hòan → hoàn). A lone i or y that ends a
    syllable becomes i after h, k, l, m, s, t (kỹ → kĩ, Mỹ → mĩ) and y after qu (quí → quý):
    the letter with which longer words go on, so that the beginning of a word stays one. A word
    that is no Vietnamese syllable keeps its spelling.
    """
    lower = unicodedata.normalize("NFC", to_nfc(text).lower()).translate(_LOOKS_LIKE_D_STROKE)
    return _WORDS.sub(lambda word: _unify_syllable(word[0]), lower)


def fold(text: str) -> str:
    """Return `unify(text)` without any mark, đ as d: for search and likeness."""
    bare = _EVERY_MARK.sub("", unicodedata.normalize("NFD", unify(text))).replace("đ", "d")
    return unify(bare)


def search_terms(text: str) -> list[str]:
    """Split a text into its words: runs of letters and digits, with their marks.

    The index and the query both go through here, each in the form that it is to be compared
    in: `unify` for exact words, `fold` for words without marks.
    """
    return _WORDS.findall(text)


def sort_key(text: str) -> str:
    """Return what to sort texts by, code point by code point, in Vietnamese order.

    Letters come first (a ă â … d đ e ê … o ô ơ … u ư; signs before numbers before letters),
    numbers count by value (2 before 10), tones decide between equal letters (ngang, huyền, hỏi,
    ngã, sắc, nặng, first difference first). Two texts have equal keys only if `unify` makes them
    equal.
    """
    spelling = unify(text)
    letters, tones = [], []
    for run in _DIGITS.split(spelling):
        if run.isdecimal():
            digits = "".join(str(int(digit)) for digit in run).lstrip("0")
            letters += [_NUMBER, len(digits), *map(int, digits)]
            continue
        for char in run:
            letter, tone = _split_tone(char)
            letters.append(_rank(letter))
            tones.append(_TONES.find(tone) + 1 if tone else 0)
    ranks = "".join(f"{rank:06x}" for rank in letters)
    return f"{ranks} {''.join(map(str, tones))} {spelling}"


def complaint_signs(text: str) -> tuple[Sign, ...]:
    """Return whether a comment names a complaint (khiếu nại) or a denunciation (tố cáo).

    The two syllables must stand side by side, on one line or two. One of them may have lost its
    marks or carry wrong ones, i may look like l or 1 and o like 0. Both may lack marks in
    khiếu nại, which looks like nothing else; in tố cáo (to cao: tall and big) only if the
    whole text was written without marks.
    """
    spelling = unify(text)
    bare = "".join(map(_bare_letter, spelling))
    signs = []
    if _COMPLAINT.search(bare):
        signs.append(Sign.COMPLAINT)
    unmarked = bare == spelling
    if any(
        unmarked or _is_denunciation(spelling, *found.span(1), *found.span(2))
        for found in _DENUNCIATION.finditer(bare)
    ):
        signs.append(Sign.DENUNCIATION)
    return tuple(signs)


def _is_denunciation(
    spelling: str, first_start: int, first_end: int, second_start: int, second_end: int
) -> bool:
    """Whether the syllables at these places are tố cáo, of which one may be misread."""
    first, second = spelling[first_start:first_end], spelling[second_start:second_end]
    before = _WORDS.findall(spelling[:first_start])[-1:]
    if second == "cáo":
        return _without_tone(first) in {"to", "tô", "t0"}
    return first == "tố" and _without_tone(second) == "cao" and _FACTORS.isdisjoint(before)


@lru_cache(maxsize=4096)
def _unify_syllable(word: str) -> str:
    """Put the tone mark of one lower-case NFC word, and its last i or y, in one place."""
    tones = _TONE.findall(unicodedata.normalize("NFD", word))
    found = _SYLLABLE.fullmatch(_without_tone(word))
    if found is None or len(tones) > 1:
        return word
    onset, vowels, coda = (part or "" for part in found.groups())
    if vowels in {"i", "y"} and not coda:
        vowels = "i" if onset in _I_AFTER else "y" if onset == "qu" else vowels
    if not tones:
        return onset + vowels + coda
    place = _tone_place(vowels, closed=bool(coda)) + 1
    marked = vowels[:place] + tones[0] + vowels[place:]
    return onset + unicodedata.normalize("NFC", marked) + coda


def _tone_place(vowels: str, *, closed: bool) -> int:
    """Return the index of the vowel that carries the tone.

    It is the last vowel that has a mark of its own (ươ: ơ); else the middle one of three; of
    two, the second if a consonant follows.
    """
    own = [index for index, vowel in enumerate(vowels) if vowel not in "aeiouy"]
    if own:
        return own[-1]
    return len(vowels) - 1 if closed else (len(vowels) - 1) // 2


def _without_tone(text: str) -> str:
    return unicodedata.normalize("NFC", _TONE.sub("", unicodedata.normalize("NFD", text)))


def _split_tone(char: str) -> tuple[str, str]:
    """Split one composed character into its letter and its tone mark, if any."""
    tones = _TONE.findall(unicodedata.normalize("NFD", char))
    return (_without_tone(char), tones[0]) if tones and char != tones[0] else (char, "")


def _rank(letter: str) -> int:
    """Return the place of a character: others by code point, digits, then the alphabet."""
    if letter in _ALPHABET:
        return 2 * _CODE_POINTS + _ALPHABET[letter]
    return ord(letter) + (_CODE_POINTS if letter.isdigit() else 3 * _CODE_POINTS * letter.isalpha())


def _bare_letter(char: str) -> str:
    """Return a composed letter without its marks: one character for one."""
    return "d" if char == "đ" else unicodedata.normalize("NFD", char)[0]
