"""Signatures: scribbles in one stroke, told from words, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence

from formbook.imaging.blocks import SIGNED, SOLID, Block
from formbook.imaging.lines import TextLine

WORDLESS = 0.85
"""Share of a line's ink in its largest piece from which on it is a scribble, no short word."""
ASIDE = 0.3
"""Of the width of all blocks: how far right of the leftmost what is signed for a mark begins."""


def is_scribble(line: TextLine) -> bool:
    """Tell whether nearly all of a line is one stroke, which no two words are."""
    return line.solid > WORDLESS


def ends_in_signature(block: Block, lines: Sequence[TextLine]) -> bool:
    """Tell whether a block is words with a scribble below them.

    Args:
        block: the block.
        lines: of the sheet.

    Returns:
        Whether it is.

    Source:
        Own method.
    """
    every = block.all
    return not is_scribble(lines[every[0]]) and lines[every[-1]].solid >= SOLID


def part_signatures(found: Sequence[Block], lines: Sequence[TextLine]) -> list[Block]:
    """Part blocks that begin, aside from the text, with a scribble above words.

    Such a scribble signs what is above it, where the words are a mark's.

    Args:
        found: blocks from the top down.
        lines: of the sheet.

    Returns:
        Blocks from the top down, of the same lines.

    Source:
        Own method.
    """
    out: list[Block] = []
    left = min((lines[i].left for block in found for i in block.all), default=0)
    right = max((lines[i].right for block in found for i in block.all), default=0)
    for block in found:
        words = next((k for k, i in enumerate(block.lines) if not is_scribble(lines[i])), 0)
        aside = min(lines[i].left for i in block.all) > left + ASIDE * (right - left)
        if words and aside and _is_near(block, out, lines):
            out += [Block(block.lines[:words]), Block(block.lines[words:], block.signatures)]
        else:
            out.append(block)
    return out


def _is_near(block: Block, above: Sequence[Block], lines: Sequence[TextLine]) -> bool:
    """Tell whether a block begins where the signature of the one above it would stand."""
    if not above:
        return False
    first = lines[block.all[0]]
    return first.top - max(lines[i].bottom for i in above[-1].all) <= SIGNED * first.scale


def give_signatures_back(found: Sequence[Block], taken: Sequence[Block]) -> list[Block]:
    """Give what a mark was parted from to the comment above; what else was parted is as it was.

    Args:
        found: blocks from the top down, before `part_signatures`.
        taken: what it made of them that is a mark's.

    Returns:
        The blocks that are no mark's, from the top down.

    Source:
        Own method.
    """
    marked = {i for block in taken for i in block.all}
    out: list[Block] = []
    for block in found:
        own = [i for i in block.all if i not in marked]
        if len(own) == len(block.all):
            out.append(block)
        elif own and out:
            out[-1] = Block(out[-1].lines, (*out[-1].signatures, *own))
    return out
