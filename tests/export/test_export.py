from __future__ import annotations

import csv
import datetime as dt
import errno
import gc
import io
import json
import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import bagit
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registers import (
    CHAIRMAN,
    CLERK,
    NOW,
    TODAY,
    add_scan,
    entry,
    make_register,
    reading,
    written,
)

from formbook.correct import correct_entry
from formbook.export import Exported, Format, export, export_bag, workbook, write
from formbook.export.archive import LogAlteredError
from formbook.export.bagit import OriginalNotWholeError
from formbook.export.comma import harmless
from formbook.export.restore import import_register
from formbook.export.table import COLUMNS
from formbook.export.target import (
    ExportExistsError,
    ExportIntoRegisterError,
    ExportNotWrittenError,
    whole_file,
)
from formbook.model import PageRef, Status
from formbook.regroup import add_entry, drop_entry, join_entries
from formbook.respond import respond
from formbook.seen import mark_seen
from formbook.store import Store

KEYS = [column.key for column in COLUMNS]
STORABLE = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A page of two comments, one of them answered, and a page that its second goes on to."""
    with make_register(tmp_path) as made:
        first = reading(
            ["Đường Hoà Bình\u2028có ổ gà; ngập", ("Tôi tố cáo ông X", 1)],
            entries=[entry(written("1/2/24", "2024-02-01", date="2024-02-01")), entry(row=1)],
        )
        add_scan(made, first, content=b"one")
        add_scan(made, reading(["còn nữa"]), number=2, content=b"two")
        join_entries(made, 2, [3], by=CLERK, now=NOW)
        mark_seen(made, PageRef("1", 1), on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
        for status, note, to in (
            (Status.ASSIGNED, None, "Tổ đô thị"),
            (Status.ANSWERED, "đã lấp", None),
        ):
            respond(
                made,
                1,
                status,
                note=note,
                due=TODAY if to else None,
                to=to,
                duplicate_of=None,
                by=CHAIRMAN,
                now=NOW,
                today=TODAY,
            )
        yield made


def exported(store: Store, form: Format, **options) -> bytes:
    stream = io.BytesIO()
    write(store, stream, form, **options)
    return stream.getvalue()


def csv_rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def sheet_rows(data: bytes, sheet: int = 0) -> list[list]:
    found = openpyxl.load_workbook(io.BytesIO(data)).worksheets[sheet]
    return [[_unescaped(cell) for cell in row] for row in found.iter_rows(values_only=True)]


def _unescaped(value):
    if not isinstance(value, str):
        return value
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), value)


def say_whole_text(store: Store, entry_id: int, text: str) -> None:
    """Put a text into an entry as it is, without what `correct` makes of it."""
    store._connection.execute("update entries set text = ? where id = ?", (text, entry_id))


# -- csv ----------------------------------------------------------------------


def test_csv_starts_with_the_mark_by_which_excel_knows_utf8_and_ends_lines_as_windows_does(store):
    data = exported(store, Format.CSV)
    assert data.startswith("\ufeffentry,notebook,page,text,".encode())
    assert data.endswith(b"\r\n")


def test_a_row_says_where_the_entry_stands_and_what_became_of_it(store):
    first, second = csv_rows(exported(store, Format.CSV))
    original = first.pop("original")
    assert re.fullmatch(r"originals/../[0-9a-f]{64}\.jpg", original)
    assert first == {
        "entry": "1",
        "notebook": "1",
        "page": "1",
        "text": "Đường Hoà Bình\u2028có ổ gà; ngập",
        "status": "answered",
        "signs": "",
        "written_on": "2024-02-01",
        "seen": "2024-03-01",
        "seen_recorded": "2024-03-01",
        "seen_signed": "unsigned",
        "received": "2024-02-01",
        "received_basis": "written",
        "assigned_to": "Tổ đô thị",
        "due": "2024-03-01",
        "answers": "2024-03-01 assigned → Tổ đô thị (≤ 2024-03-01) — Nguyễn Văn Chủ\n"
        "2024-03-01 answered: đã lấp — Nguyễn Văn Chủ",
        "closed_on": "2024-03-01",
        "duplicate_of": "",
        "confidence": "0.9",
        "corrected_by": "",
        "file": "1-1.jpg",
        "frame": "1",
        "left": "10",
        "top": "20",
        "right": "410",
        "bottom": "44",
        "continues_on": "",
    }
    assert second["signs"] == "denunciation"
    assert second["text"] == "Tôi tố cáo ông X\ncòn nữa"
    assert second["continues_on"].startswith("1-2.jpg #1 [10, 20, 410, 44] (originals/")


def test_an_entry_added_by_a_person_names_the_scan_of_its_page(store):
    add_entry(store, PageRef("1", 2), "viết tay", written_on=None, by=CLERK, now=NOW, today=TODAY)
    row = csv_rows(exported(store, Format.CSV))[-1]
    assert (row["file"], row["frame"], row["left"]) == ("1-2.jpg", "1", "")
    assert row["received_basis"] == "imported"
    newer = add_scan(store, reading(), number=2, content=b"signed since")
    row = csv_rows(exported(store, Format.CSV))[-1]
    assert row["original"] == newer.body["original"]


def test_what_was_dropped_is_in_no_table(store):
    drop_entry(store, 2, reason="vết bẩn", by=CLERK, now=NOW)
    assert [row["entry"] for row in csv_rows(exported(store, Format.CSV))] == ["1"]


def test_headings_and_statuses_are_said_in_the_readers_language(store):
    data = exported(store, Format.CSV, translate=str.upper)
    assert data.decode("utf-8-sig").startswith("ENTRY,NOTEBOOK,PAGE,TEXT,STATUS,MAY BE IN LAW,")
    assert ",ANSWERED," in data.decode()
    assert ",DENUNCIATION," in data.decode()


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+84 912 000 000", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1", "＝1", "'=1"],
)
def test_what_a_spreadsheet_would_compute_gets_an_apostrophe(store, text):
    say_whole_text(store, 1, text)
    assert csv_rows(exported(store, Format.CSV))[0]["text"] == f"'{text}"


def test_other_text_stays_as_it_is():
    for text in ("Đường - ngõ 5", "a=b", "'trích'", "", "5 + 5"):
        assert harmless(text) == text


def test_the_name_of_a_file_is_no_formula_either(store):
    store._connection.execute("update scans set name = '=HYPERLINK(1).jpg'")
    row = csv_rows(exported(store, Format.CSV))[0]
    assert row["file"] == "'=HYPERLINK(1).jpg"


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30
)
@given(STORABLE)
def test_any_text_comes_back_from_csv_once_the_apostrophe_is_taken_away(store, text):
    say_whole_text(store, 1, text)
    cell = csv_rows(exported(store, Format.CSV))[0]["text"]
    assert (cell[1:] if re.match("'+\\s*[=+\\-@\t\r\n＝＋－＠]", cell) else cell) == text


# -- xlsx ---------------------------------------------------------------------


def test_a_workbook_holds_real_dates_numbers_and_texts(store):
    header, first, _second = sheet_rows(exported(store, Format.XLSX))
    row = dict(zip(header, first, strict=True))
    assert header == KEYS
    assert row["text"] == "Đường Hoà Bình\u2028có ổ gà; ngập"
    assert row["written_on"].date() == dt.date(2024, 2, 1)
    assert (row["entry"], row["left"], row["confidence"]) == (1, 10, 0.9)
    assert row["corrected_by"] is None


def test_a_workbook_keeps_its_header_in_sight_and_filters_every_column(store):
    sheet = openpyxl.load_workbook(io.BytesIO(exported(store, Format.XLSX))).active
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:AA3"
    assert sheet["D2"].alignment.wrap_text
    assert sheet["G2"].number_format == "dd/mm/yyyy"
    assert sheet.column_dimensions["D"].width > 50


@pytest.mark.parametrize(
    "text", ["=1+1", "http://example.org", "{=1}", "<r><t>x</t></r>", "12", "a\x00b\x0bc_x0041_"]
)
def test_a_text_in_a_workbook_is_a_text_whatever_it_looks_like(store, text):
    say_whole_text(store, 1, text)
    data = exported(store, Format.XLSX)
    cell = openpyxl.load_workbook(io.BytesIO(data)).active["D2"]
    assert cell.data_type in ("s", "inlineStr")
    assert cell.hyperlink is None
    assert _unescaped(cell.value) == text


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30
)
@given(STORABLE)
def test_any_text_comes_back_from_a_workbook(store, text):
    say_whole_text(store, 1, text)
    assert (sheet_rows(exported(store, Format.XLSX))[1][3] or "") == text


def test_a_text_longer_than_a_cell_stands_whole_on_a_second_sheet(store):
    text = "ý😀" * 30_000
    say_whole_text(store, 1, text)
    data = exported(store, Format.XLSX)
    cell = sheet_rows(data)[1][3]
    assert cell.endswith("… (whole on the sheet Long texts)")
    assert len(cell.encode("utf-16-le")) // 2 <= 32_767
    more = sheet_rows(data, 1)
    assert [row[:2] for row in more] == [[2, "text"]] * 3
    assert "".join(row[2] for row in more) == text


def test_excel_counts_characters_outside_the_basic_plane_twice(store):
    say_whole_text(store, 1, "😀" * 20_000)
    more = sheet_rows(exported(store, Format.XLSX), 1)
    assert "".join(row[2] for row in more) == "😀" * 20_000


def test_no_words_lie_outside_the_register_while_a_workbook_is_made(store, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert exported(store, Format.XLSX)


def test_a_date_that_excel_has_no_number_for_is_written_out(store):
    store._connection.execute("update entries set written_on = '1899-12-31' where id = 1")
    assert sheet_rows(exported(store, Format.XLSX))[1][KEYS.index("written_on")] == "1899-12-31"


def test_more_entries_than_a_sheet_has_rows_are_refused(store, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "SHEET_ROWS", 2)
    with pytest.raises(workbook.TooManyRowsError, match="Export it as csv or json"):
        export(store, tmp_path / "out.xlsx", Format.XLSX)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["register"]


# -- json ---------------------------------------------------------------------


def test_json_holds_the_ward_the_entries_in_full_and_the_whole_log(store):
    found = json.loads(exported(store, Format.JSON))
    assert found["schema"] == "formbook/register/1"
    assert found["register"]["ward"] == "Nghĩa Đô"
    first, second = found["entries"]
    assert first["lines"][0]["text"] == "Đường Hoà Bình\u2028có ổ gà; ngập"
    assert [answer["status"] for answer in first["responses"]] == ["assigned", "answered"]
    assert first["sources"][0]["box"] == [10, 20, 410, 44]
    assert len(second["sources"]) == 2
    assert second["signs"] == ["denunciation"]
    assert found["head"] == {
        "event": found["events"][-1]["seq"],
        "sha256": found["events"][-1]["sha256"],
    }
    assert found["events"][0]["body"]["ward"] == "Nghĩa Đô"


def test_a_log_that_was_altered_is_not_exported_as_if_it_were_whole(store, tmp_path):
    store._connection.execute("drop trigger events_are_not_changed")
    store._connection.execute("update events set person = 'khác' where seq = 4")
    with pytest.raises(LogAlteredError, match="event 4 "):
        export(store, tmp_path / "out.json", Format.JSON)
    assert not (tmp_path / "out.json").exists()
    assert export(store, tmp_path / "out.csv", Format.CSV) == Exported(2, 0)


# -- the file -----------------------------------------------------------------


@pytest.mark.parametrize("form", list(Format))
def test_an_export_is_its_owners_alone_and_the_same_whenever_it_is_made(store, tmp_path, form):
    target = tmp_path / f"out.{form}"
    events = store.head()[0] if form is Format.JSON else 0
    assert export(store, target, form) == Exported(2, events)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.read_bytes() == exported(store, form)
    assert list((store.folder / "cache").iterdir()) == []


def test_an_export_replaces_a_file_only_when_asked_to(store, tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("của người khác")
    with pytest.raises(ExportExistsError, match="exists already"):
        export(store, target, Format.CSV)
    assert target.read_text() == "của người khác"
    export(store, target, Format.CSV, force=True)
    assert target.read_bytes() == exported(store, Format.CSV)


@pytest.mark.parametrize("name", ["formbook.db", "formbook.db-wal", "originals/a.csv", "./cache/x"])
def test_no_export_takes_the_place_of_the_register(store, monkeypatch, name):
    monkeypatch.chdir(store.folder)
    with pytest.raises(ExportIntoRegisterError, match="is a part of the register"):
        export(store, Path(name), Format.CSV, force=True)
    assert export(store, Path("table.csv"), Format.CSV).entries == 2


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path):
    target = tmp_path / "out.csv"
    writing = whole_file(target, force=False)
    writing.__enter__().write(b"ours")
    target.write_text("theirs")
    with pytest.raises(ExportExistsError):
        writing.__exit__(None, None, None)
    assert target.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [target]


def test_an_export_never_takes_the_place_of_a_folder(store, tmp_path):
    with pytest.raises(ExportExistsError):
        export(store, tmp_path, Format.CSV, force=True)


def test_an_export_into_a_folder_that_is_not_there_is_refused(store, tmp_path):
    with pytest.raises(ExportNotWrittenError, match="No such file or directory"):
        export(store, tmp_path / "nowhere" / "out.csv", Format.CSV)


@pytest.mark.parametrize("form", list(Format))
def test_a_disk_that_fills_up_leaves_no_file(store, tmp_path, monkeypatch, form):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("formbook.export.target.os.fsync", full)
    with pytest.raises(ExportNotWrittenError, match="No space left on device"):
        export(store, tmp_path / "out", form)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["register"]


def test_an_export_shows_one_state_while_others_write(store, monkeypatch):
    stream = io.BytesIO()
    before = exported(store, Format.JSON)
    from formbook.export import archive

    def write_meanwhile(*values):
        with Store(store.folder) as other:
            correct_entry(other, 1, text="khác hẳn", written_on=None, by=CLERK, now=NOW)
        return told(*values)

    told = archive._entries
    monkeypatch.setattr(archive, "_entries", write_meanwhile)
    write(store, stream, Format.JSON)
    assert stream.getvalue() == before


def test_a_workbook_is_whole_as_an_archive(store):
    with zipfile.ZipFile(io.BytesIO(exported(store, Format.XLSX))) as archive:
        assert archive.testzip() is None


# -- bags ----------------------------------------------------------------------


def test_a_bag_holds_the_log_the_table_and_every_scan_and_any_tool_finds_it_whole(store, tmp_path):
    target = tmp_path / "bag"
    done = export_bag(store, target)
    assert (done.entries, done.events) == (2, store.head()[0])
    bag = bagit.Bag(str(target))
    assert bag.validate()
    assert len(list(target.glob("data/originals/*/*"))) == 2
    archived, table = io.BytesIO(), io.BytesIO()
    write(store, archived, Format.JSON)
    write(store, table, Format.CSV)
    assert (target / "data" / "register.json").read_bytes() == archived.getvalue()
    assert (target / "data" / "entries.csv").read_bytes() == table.getvalue()


def test_a_bag_comes_back_as_the_same_register(store, tmp_path):
    export_bag(store, tmp_path / "bag")
    data = tmp_path / "bag" / "data"
    back = import_register(data / "register.json", tmp_path / "back", scans=data / "originals")
    assert (back.head, back.originals, back.missing) == (store.head()[1], 2, ())


def test_a_bag_is_never_written_over_anything(store, tmp_path):
    (tmp_path / "bag").mkdir()
    with pytest.raises(ExportExistsError):
        export_bag(store, tmp_path / "bag")
    with pytest.raises(ExportIntoRegisterError):
        export_bag(store, store.folder / "originals" / "bag")
    assert list((tmp_path / "bag").iterdir()) == []


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"eno")])
def test_a_bag_without_one_of_its_scans_is_not_made(store, tmp_path, harm):
    harm(next(store.folder.glob("originals/*/*")))
    with pytest.raises(OriginalNotWholeError, match="is missing or was changed"):
        export_bag(store, tmp_path / "bag")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["register"]


def test_a_disk_that_refuses_gets_no_bag(store, tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("formbook.store.bag.os.fsync", full)
    with pytest.raises(ExportNotWrittenError, match="No space left"):
        export_bag(store, tmp_path / "bag")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["register"]


def test_a_disk_that_fails_at_any_moment_of_a_workbook_is_named_once(store, monkeypatch):
    class Failing(io.BytesIO):
        def __init__(self, after: int) -> None:
            super().__init__()
            self.left = after

        def write(self, content, *_more):
            self.left -= 1
            if not self.left:
                raise OSError(errno.EIO, "broken")
            return super().write(content)

    whole = Failing(0)
    write(store, whole, Format.XLSX)
    for after in range(1, -whole.left + 1):
        with pytest.raises(OSError, match="broken"):
            write(store, Failing(after), Format.XLSX)
    with monkeypatch.context() as patch, io.BytesIO() as stream:
        patch.setattr(zipfile.ZipFile, "write", Failing(1).write)
        with pytest.raises(OSError, match="broken"):
            write(store, stream, Format.XLSX)
    gc.collect()  # what is left unfinished would complain now
