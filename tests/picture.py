"""The READMEs' picture: a page, what was found on it, and a terminal that speaks of it."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import re
from string import Template

from PIL import Image
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text
from sample_reader import SampleReader
from transcripts import ROOT, Desk

from formbook.dates import HANOI
from formbook.imaging.scan import open_frame
from formbook.model import Polygon
from formbook.reading import read_pages

PICTURES = {"en": ROOT / "docs/at-work.svg", "vi": ROOT / "docs/at-work.vi.svg"}
SCAN, PAGE, ACCOUNT = "scans/q3-tr001.jpg", "3/1", "lan"
NOW = dt.datetime(2026, 11, 25, 16, 0, tzinfo=HANOI)
COMMANDS = ("formbook search 'nuoc may'", "formbook show 27")
COLUMNS = 72
PAGE_WIDTH, GAP = 540, 24
THEME = TerminalTheme(
    background=(30, 33, 39),
    foreground=(214, 218, 224),
    normal=[
        *[(30, 33, 39), (224, 108, 117), (152, 195, 121), (229, 192, 123)],
        *[(97, 175, 239), (198, 120, 221), (86, 182, 194), (214, 218, 224)],
    ],
)
DRAWING = Template("""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $width $height">
<style>
.outline { fill-opacity: 0.1; stroke-width: 2 }
.label { font: bold 17px sans-serif }
.outline.entry { fill: #1f6feb; stroke: #1f6feb }
.label.entry { fill: #1f6feb }
.outline.mark { fill: #1a7f37; stroke: #1a7f37 }
.label.mark { fill: #1a7f37 }
</style>
<g transform="translate(0, $page_top)">
<image width="$page_width" height="$page_height" href="data:image/jpeg;base64,$jpeg"/>
$outlines
<rect width="$page_width" height="$page_height" fill="none" stroke="#8c959f"/>
</g>
<svg x="$terminal_left" y="$terminal_top" width="$terminal_width" height="$terminal_height">
$terminal
</svg>
</svg>
""")


def draw(desk: Desk) -> str:
    """Draw the picture from a register that holds the sample pages."""
    screen = Console(
        record=True,
        width=COLUMNS,
        height=50,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        no_color=False,
    )
    for command in COMMANDS:
        printed = desk.type(command, ACCOUNT, NOW, columns=COLUMNS, colour=True)
        screen.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
        screen.print(Text.from_ansi(printed.rstrip()), end="\n\n")
    terminal = without_fonts(screen.export_svg(title="", unique_id="t", theme=THEME))
    width, height = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', terminal).groups())
    listed = json.loads(desk.type(f"formbook entries --page {PAGE} --json", ACCOUNT, NOW))
    jpeg, page_height, outlines = draw_page([str(row["entry"]) for row in listed["rows"]])
    tall = max(page_height, height)
    return DRAWING.substitute(
        width=round(PAGE_WIDTH + GAP + width),
        height=round(tall),
        page_width=PAGE_WIDTH,
        page_height=page_height,
        page_top=round((tall - page_height) / 2),
        jpeg=base64.b64encode(jpeg).decode(),
        outlines="\n".join(outlines),
        terminal_left=PAGE_WIDTH + GAP,
        terminal_top=round((tall - height) / 2),
        terminal_width=width,
        terminal_height=height,
        terminal=terminal,
    )


def draw_page(numbers: list[str]) -> tuple[bytes, int, list[str]]:
    """The page as a small JPEG, how high that is, and the outlines of its entries and marks."""
    frame = open_frame(ROOT / SCAN, 1)
    (found,) = read_pages(frame, SampleReader(1))
    scale = PAGE_WIDTH / found.width
    height = round(found.height * scale)
    packed = io.BytesIO()
    Image.fromarray(frame.pixels).resize((PAGE_WIDTH, height)).save(packed, "JPEG", quality=80)
    named = zip(numbers, (entry.polygon for entry in found.entries), strict=True)
    outlines = [
        *(outline(polygon, scale, "entry", number) for number, polygon in named),
        *(outline(mark.polygon, scale, "mark", "✓") for mark in found.marks),
    ]
    return packed.getvalue(), height, outlines


def outline(polygon: Polygon, scale: float, kind: str, label: str) -> str:
    """An outline on the page, its label at the right end of its top edge."""
    points = [(round(x * scale, 1), round(y * scale, 1)) for x, y in polygon]
    x, y = max(x for x, _ in points) + 4, min(y for _, y in points) + 14
    return (
        f'<polygon class="outline {kind}" points="{" ".join(f"{x},{y}" for x, y in points)}"/>'
        f'<text class="label {kind}" x="{x:.1f}" y="{y:.1f}">{label}</text>'
    )


def without_fonts(terminal: str) -> str:
    """The terminal in a font that is there: a picture may load none from the network."""
    terminal = re.sub(r" *@font-face \{.*?\}\n\s*", "", terminal, flags=re.DOTALL)
    return terminal.replace("Fira Code", "Menlo, Consolas, 'DejaVu Sans Mono'")


def without_pixels(drawing: str) -> str:
    """The drawing but for the page's JPEG, which each version of a library packs otherwise."""
    return re.sub(r"(?<=base64,)[\w+/=]+", "", drawing)
