from __future__ import annotations

from pathlib import Path

import pytest

from formbook.ingest.numbering import BadPatternError, Numbering


@pytest.mark.parametrize(
    ("name", "notebook", "page"),
    [
        ("q1-tr012.jpg", "1", 12),
        ("Quyển 2 trang 7.png", "2", 7),
        ("vol_3_page_0004.tif", "3", 4),
        ("trang 5.jpg", "1", 5),
        ("Trang5.JPG", "1", 5),
        ("q4-tr010-012.pdf", "4", 10),
        ("so gop y q2b p3.pdf", "2b", 3),
        ("IMG_20240312_101112.jpg", "1", None),
        ("scan0001.jpg", "1", None),
        ("2024-03-12 sổ góp ý.jpg", "1", None),
        ("tr.jpg", "1", None),
        ("tr123456.jpg", "1", None),
        ("catr12.jpg", "1", None),
    ],
)
def test_a_file_name_gives_notebook_and_page_only_where_it_says_so(name, notebook, page):
    assert Numbering().of_name(Path(name)) == (notebook, page)


def test_an_option_for_the_notebook_comes_before_the_name():
    assert Numbering(notebook="9").of_name(Path("q1-tr012.jpg")) == ("9", 12)


@pytest.mark.parametrize(
    ("pattern", "name", "notebook", "page"),
    [
        ("so{notebook}_t{page}", "so12_t007.jpg", "12", 7),
        ("*-{page}", "Scan 3-44.jpg", "1", 44),
        ("{page}*", "5 (lan 2).jpg", "1", 5),
        ("a.{page}", "aX5.jpg", "1", None),
        ("so{notebook}_t{page}", "q1-tr5.jpg", "1", None),
    ],
)
def test_a_pattern_of_ones_own_replaces_the_usual_ways(pattern, name, notebook, page):
    assert Numbering(pattern=pattern).of_name(Path(name)) == (notebook, page)


@pytest.mark.parametrize("pattern", ["tr", "{page}{page}", "{notebook}{notebook}{page}"])
def test_a_pattern_that_cannot_number_is_refused(pattern):
    with pytest.raises(BadPatternError) as refused:
        Numbering(pattern=pattern).of_name(Path("tr1.jpg"))
    assert refused.value.exit_code == 2
    assert str(refused.value) == (
        f"The pattern {pattern} cannot be used: it needs {{page}} once, may have {{notebook}} "
        "once, and * for anything else.\n"
        "Nothing was changed. For example: --pattern 'so{notebook}_t{page}*'."
    )
