from __future__ import annotations

from PIL import Image
from test_page import draw

from formbook.imaging.debug import write_steps
from formbook.imaging.scan import load_frame


def test_a_picture_is_written_after_every_step(tmp_path):
    path, _ = draw(tmp_path)
    written = write_steps(load_frame(path), tmp_path / "steps" / "deep")
    assert [each.name for each in written] == [
        "page-1-1-scan.png",
        "page-1-2-flatten.png",
        "page-1-3-even.png",
        "page-1-4-ruling.png",
        "page-1-5-ink.png",
        "page-1-6-lines.png",
        "page-1-7-blocks.png",
    ]
    sizes = set()
    for each in written[1:]:
        with Image.open(each) as picture:
            sizes.add(picture.size)
    assert len(sizes) == 1
