"""Read a JSON object of any size member by member, holding one value at a time.

Stricter than `json.load`: a name twice in one object, NaN and Infinity, a value of more than
`VALUE_CHARS`, and anything after the object are refused.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any, NoReturn, TextIO

VALUE_CHARS = 64 << 20
_CHUNK_CHARS = 1 << 20
_SPACE = " \t\n\r"


def read_members(stream: TextIO, arrays: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield the members of the object that a text holds, in the order of the text.

    Args:
        stream: the text.
        arrays: members whose value is an array, of which each element is yielded on its own,
            under the member's name.

    Raises:
        ValueError: the text is no such object; `JSONDecodeError` and `UnicodeDecodeError` are.
        RecursionError: it is nested deeper than Python goes.
    """
    text = _Text(stream)
    names: set[str] = set()
    text.take("{")
    closed = text.took("}")
    while not closed:
        name = text.value()
        if not isinstance(name, str) or name in names:
            text.refuse("a name twice, or none")
        names.add(name)
        text.take(":")
        if name in arrays:
            for element in _elements(text):
                yield name, element
        else:
            yield name, text.value()
        closed = not text.took(",")
        if closed:
            text.take("}")
    text.end()


def _elements(text: _Text) -> Iterator[Any]:
    text.take("[")
    if text.took("]"):
        return
    while True:
        yield text.value()
        if not text.took(","):
            text.take("]")
            return


class _Text:
    """A window on the text: what was read and not yet used."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._window = ""
        self._place = 0
        self._decoder = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)

    def value(self) -> Any:
        """Read one value, whole."""
        self._next()
        while True:
            start = self._place
            try:
                value, end = self._decoder.raw_decode(self._window, start)
            except json.JSONDecodeError:
                if not self._more():
                    raise
            else:
                # A number that ends so near may go on: 1 of 1.5, of 1e5 or of 1e+5.
                if end + len("e+") < len(self._window) or not self._more():
                    self._place += end - start
                    return value

    def took(self, sign: str) -> bool:
        """Use up `sign` if it is next."""
        if self._next() != sign:
            return False
        self._place += 1
        return True

    def take(self, sign: str) -> None:
        """Use up `sign`, which must be next."""
        if not self.took(sign):
            self.refuse(f"no {sign}")

    def end(self) -> None:
        """Refuse anything more."""
        if self._next():
            self.refuse("more after the end")

    def refuse(self, reason: str) -> NoReturn:
        """Say that the text is not what it should be."""
        raise json.JSONDecodeError(reason, "", 0)

    def _next(self) -> str:
        """The next character that is no space, "" at the end."""
        while True:
            while self._place < len(self._window):
                char = self._window[self._place]
                if char not in _SPACE:
                    return char
                self._place += 1
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Read on: as much again as is held, so that a long value is not parsed too often."""
        held = self._window[self._place :]
        if len(held) > VALUE_CHARS:
            self.refuse("a value too long")
        read = self._stream.read(max(_CHUNK_CHARS, len(held)))
        self._window, self._place = held + read, 0
        return bool(read)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice in one object")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
