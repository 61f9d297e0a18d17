from __future__ import annotations

import io
import json
import shutil
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from registers import (
    CHAIRMAN,
    CLERK,
    NOW,
    TODAY,
    add_scan,
    contents,
    entry,
    make_register,
    mark,
    reading,
    written,
)

from formbook.correct import correct_line
from formbook.errors import StoreError
from formbook.export import Format, export, members
from formbook.export.members import read_members
from formbook.export.restore import (
    Imported,
    MissingOriginal,
    NotARegisterFileError,
    RegisterFileAlteredError,
    RegisterFileImpossibleError,
    RegisterFileTooNewError,
    RegisterFileUnreadableError,
    RegisterNotMadeError,
    import_register,
)
from formbook.model import PageRef, Status
from formbook.proof.statement import canonical
from formbook.regroup import add_entry, drop_entry, split_entry
from formbook.respond import respond
from formbook.seen import mark_seen
from formbook.store import RegisterExistsError, Store
from formbook.store.log import GENESIS, event_sha256, sha256_of_text
from formbook.store.verify import verify
from formbook.undo import undo


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Two pages with a bit of everything that can be done to them."""
    with make_register(tmp_path) as made:
        first = reading(
            ["Đường Hoà Bình", "ngập", ("=1+1 <b>", 1)],
            entries=[entry(written("1/2/24", "2024-02-01", date="2024-02-01")), entry(row=2)],
            marks=[mark(written("2/3", "2024-03-02"))],
        )
        add_scan(made, first, content=b"one")
        add_scan(made, reading(["còn nữa"]), number=2, content=b"two")
        correct_line(made, 1, "Đường Hòa Bình", by=CLERK, now=NOW)
        split_entry(made, 1, 2, by=CLERK, now=NOW)
        mark_seen(made, PageRef("1", 1), on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
        add_entry(
            made, PageRef("1", 2), "viết tay", written_on=TODAY, by=CLERK, now=NOW, today=TODAY
        )
        drop_entry(made, 3, reason="vết bẩn", by=CLERK, now=NOW)
        respond(
            made,
            1,
            Status.DECLINED,
            note="ngoài thẩm quyền",
            due=None,
            to=None,
            duplicate_of=None,
            by=CHAIRMAN,
            now=NOW,
            today=TODAY,
        )
        undo(made, None, reason="nhầm", by=CHAIRMAN, now=NOW)
        yield made


@pytest.fixture
def file(store: Store, tmp_path: Path) -> Path:
    target = tmp_path / "out.json"
    export(store, target, Format.JSON)
    return target


def refusal(file: Path, folder: Path) -> StoreError:
    """The error that an import ends in, having left nothing behind."""
    with pytest.raises(StoreError) as raised:
        import_register(file, folder / "a" / "b")
    assert not (folder / "a").exists()
    assert "Nothing was changed." in str(raised.value)
    return raised.value


def forged(file: Path, seq: int, change) -> None:
    """Change an event and make the chain fit again, as whoever knows how it is made could."""
    data = json.loads(file.read_text())
    change(data["events"][seq - 1])
    previous = GENESIS
    for event in data["events"]:
        body = sha256_of_text(canonical(event["body"]))
        event |= {"body_sha256": body, "previous": previous}
        event["sha256"] = previous = event_sha256(
            **{name: value for name, value in event.items() if name not in ("body", "sha256")}
        )
    data["head"] = {"event": len(data["events"]), "sha256": previous}
    file.write_text(json.dumps(data))


# -- what comes back ----------------------------------------------------------


def test_a_register_comes_back_the_very_same(store, file, tmp_path):
    back = tmp_path / "back"
    result = import_register(file, back, scans=store.folder / "originals")
    assert result == Imported(store.head()[0], store.head()[1], 2, ())
    with Store(back) as imported:
        assert contents(imported) == contents(store)
        assert verify(imported).findings == ()
        again = tmp_path / "again.json"
        export(imported, again, Format.JSON)
    assert again.read_bytes() == file.read_bytes()
    assert sorted(path.name for path in back.iterdir()) == ["cache", "formbook.db", "originals"]


def test_originals_are_found_by_their_bytes_whatever_their_names(store, file, tmp_path):
    scans = tmp_path / "scans"
    (scans / "deep").mkdir(parents=True)
    (scans / "deep" / "khác.PNG").write_bytes(b"one")
    (scans / "1-2.jpg").write_bytes(b"owt")
    back = tmp_path / "back"
    result = import_register(file, back, scans=scans)
    original = store.value("select original from scans where number = 2")
    assert result.originals == 1
    assert result.missing == (MissingOriginal("1-2.jpg", original),)
    with Store(back) as imported:
        assert [finding.file for finding in verify(imported).findings] == [original]


def test_originals_that_lie_in_the_folder_already_are_kept(store, file, tmp_path):
    back = tmp_path / "back"
    shutil.copytree(store.folder / "originals", back / "originals")
    assert import_register(file, back).missing == ()
    with Store(back) as imported:
        assert verify(imported).findings == ()


def test_an_original_that_was_altered_in_the_folder_is_put_right_from_the_scans(
    store, file, tmp_path
):
    back = tmp_path / "back"
    shutil.copytree(store.folder / "originals", back / "originals")
    altered = back / store.value("select original from scans where number = 1")
    altered.write_bytes(b"eno")
    assert import_register(file, back, scans=store.folder).missing == ()
    assert altered.read_bytes() == b"one"


def test_a_file_that_another_program_wrote_out_anew_is_the_same_register(store, file, tmp_path):
    data = json.loads(file.read_text())
    file.write_text("\ufeff" + json.dumps(data, indent=4, sort_keys=True), encoding="utf-8")
    assert import_register(file, tmp_path / "back").head == store.head()[1]


def test_only_the_log_is_believed(store, file, tmp_path):
    data = json.loads(file.read_text())
    data["entries"] = [{"entry": 1, "text": "bịa"}]
    data["register"] = None
    file.write_text(json.dumps(data))
    import_register(file, tmp_path / "back")
    with Store(tmp_path / "back") as imported:
        assert contents(imported) == contents(store)


def test_the_import_tells_how_far_it_is(store, file, tmp_path):
    told: list[int] = []
    import_register(file, tmp_path / "back", progress=told.append)
    assert told == list(range(1, store.head()[0] + 1))


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10
)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_comes_back(store, tmp_path_factory, text):
    room = tmp_path_factory.mktemp("room")
    add_scan(store, reading([text]), number=store.head()[0])
    export(store, room / "out.json", Format.JSON)
    import_register(room / "out.json", room / "back")
    with Store(room / "back") as imported:
        assert contents(imported) == contents(store)


# -- what is refused ----------------------------------------------------------


def test_a_folder_that_holds_a_register_is_refused(store, file):
    before = contents(store)
    with pytest.raises(RegisterExistsError):
        import_register(file, store.folder)
    assert contents(store) == before


def test_a_file_that_is_not_there_is_refused(tmp_path):
    error = refusal(tmp_path / "nothing.json", tmp_path)
    assert isinstance(error, RegisterFileUnreadableError)
    assert "nothing.json cannot be read: No such file or directory" in str(error)


def test_a_folder_in_which_nothing_can_be_made_is_refused(file, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RegisterNotMadeError):
        import_register(file, tmp_path / "file")


def test_a_disk_that_fills_up_while_originals_are_copied_leaves_nothing(
    store, file, tmp_path, monkeypatch
):
    def full(*_values):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("formbook.store.folder.keep_original", full)
    with pytest.raises(RegisterNotMadeError, match="No space left on device"):
        import_register(file, tmp_path / "back", scans=store.folder)
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '"x"',
        "{]",
        '{"a" 1}',
        '{"a": 1',
        '{"a": 1,}',
        '{"a": 1} 2',
        "{1: 2}",
        '{"events": 1}',
        '{"events": [1 2]}',
        '{"events": [{}]}',
        '{"schema": "formbook/entries/1", "events": []}',
        '{"schema": 1}',
        '{"schema": "formbook/register/1", "events": []}',
        '{"schema": NaN}',
        '{"a": -Infinity}',
        '{"a": 1, "a": 1}',
        '{"entries": [{"a": 1, "a": 1}]}',
        '{"a": ' + "9" * 5000 + "}",
        '{"entries": [' + "[" * 100_000,
        '{"a": ' + '{"a":' * 100_000,
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, text):
    (tmp_path / "other.json").write_text(text)
    error = refusal(tmp_path / "other.json", tmp_path)
    assert isinstance(error, NotARegisterFileError)


@pytest.mark.parametrize("content", [b"\xff\xfe", b'{"a": "\xc3"}', b"PK\x03\x04", b"\x00" * 9])
def test_a_file_that_is_no_text_is_refused(tmp_path, content):
    (tmp_path / "other.json").write_bytes(content)
    assert isinstance(refusal(tmp_path / "other.json", tmp_path), NotARegisterFileError)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 1}',
        '{"a": [{"b": 1, "b": 1}]}',
        '{"a": [NaN]}',
        '{"a": -Infinity}',
        '{"a": 1} 2',
        '{"a": ["' + "x" * 5000 + '"]}',
    ],
)
def test_an_object_with_doubtful_members_is_refused(monkeypatch, text):
    monkeypatch.setattr(members, "VALUE_CHARS", 1000)
    monkeypatch.setattr(members, "_CHUNK_CHARS", 100)
    with pytest.raises(ValueError, match=r"twice|no number|after the end|too long"):
        list(read_members(io.StringIO(text), ["a"] if "[" in text else []))


def test_a_file_cut_off_anywhere_is_refused(file, tmp_path):
    whole = file.read_bytes()
    for length in range(0, len(whole) - 1, 1009):
        file.write_bytes(whole[:length])
        assert isinstance(refusal(file, tmp_path), NotARegisterFileError)


def test_a_newer_kind_of_file_is_named(file, tmp_path):
    file.write_text(file.read_text().replace("formbook/register/1", "formbook/register/2"))
    error = refusal(file, tmp_path)
    assert isinstance(error, RegisterFileTooNewError)
    assert "(it holds formbook/register/2)" in str(error)


def test_a_kind_of_event_that_is_not_known_is_a_newer_programs(file, tmp_path):
    forged(file, 3, lambda event: event.update(kind="page_burnt"))
    assert isinstance(refusal(file, tmp_path), RegisterFileTooNewError)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seq", 40),
        ("seq", True),
        ("at", "2024-03-01T03:00:01Z"),
        ("person", "khác"),
        ("account", "khác"),
        ("kind", "seen"),
        ("body", {"name": "khác"}),
        ("body", {"name": "\ud800"}),
        ("body", {"name": float("1e999")}),
        ("body_sha256", "0" * 64),
        ("previous", "0" * 64),
        ("sha256", "0" * 64),
    ],
)
def test_an_event_that_was_altered_is_named(file, tmp_path, field, value):
    data = json.loads(file.read_text())
    data["events"][2][field] = value
    file.write_text(json.dumps(data).replace("Infinity", "1e999"))
    error = refusal(file, tmp_path)
    assert isinstance(error, RegisterFileAlteredError)
    assert error.fields["event"] == 3


@pytest.mark.parametrize("kept", [slice(0, -1), slice(1, None), slice(0, None, 2)])
def test_events_that_were_left_out_are_missed(file, tmp_path, kept):
    data = json.loads(file.read_text())
    data["events"] = data["events"][kept]
    file.write_text(json.dumps(data))
    assert isinstance(refusal(file, tmp_path), RegisterFileAlteredError)


def test_a_log_without_its_head_is_not_taken_for_whole(file, tmp_path):
    data = json.loads(file.read_text())
    del data["head"]
    file.write_text(json.dumps(data))
    assert isinstance(refusal(file, tmp_path), RegisterFileAlteredError)


@pytest.mark.parametrize(
    ("seq", "change"),
    [
        (4, lambda event: event["body"].update(original="../../x")),
        (4, lambda event: event["body"].update(original="originals/ab/x.jpg")),
        (4, lambda event: event["body"].update(sha256=7)),
        (4, lambda event: event["body"]["pages"][0].update(known=[])),
        (4, lambda event: event["body"].update(bytes=10**30)),
        (4, lambda event: event["body"]["pages"][0].pop("reading")),
        (6, lambda event: event["body"].update(lines=[[99, "x"]])),
        (2, lambda event: event.update(body=[])),
    ],
)
def test_an_event_that_says_what_cannot_be_done_is_named(file, tmp_path, seq, change):
    forged(file, seq, change)
    error = refusal(file, tmp_path)
    assert isinstance(error, RegisterFileImpossibleError)
    assert error.fields["event"] == seq


@pytest.mark.parametrize(("field", "value"), [("person", 7), ("at", 7), ("account", None)])
def test_an_event_of_another_shape_is_refused(file, tmp_path, field, value):
    forged(file, 2, lambda event: event.update({field: value}))
    assert isinstance(refusal(file, tmp_path), NotARegisterFileError)


def test_a_log_that_never_made_a_register_is_refused(file, tmp_path):
    data = json.loads(file.read_text())
    data["events"] = data["events"][1:3]
    for seq, event in enumerate(data["events"], 1):
        event["seq"] = seq
    file.write_text(json.dumps(data))
    forged(file, 1, lambda _event: None)
    assert isinstance(refusal(file, tmp_path), NotARegisterFileError)


# -- memory -------------------------------------------------------------------


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40
)
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ).filter(lambda value: "inf" not in repr(value)),
    ),
    st.integers(1, 7),
    st.sampled_from([None, 2]),
)
@example({"": [-0.0, 1e300, 1.5e-7], "x": -0.5, "y": 1e22}, 1, None)
@example({"": -0.0}, 2, None)
def test_reading_by_members_gives_what_reading_at_once_gives(monkeypatch, value, chunk, indent):
    monkeypatch.setattr(members, "_CHUNK_CHARS", chunk)
    text = json.dumps(value, indent=indent)
    assert dict(read_members(io.StringIO(text), ())) == json.loads(text)


def test_an_export_and_its_import_hold_one_event_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(members, "_CHUNK_CHARS", 10_000)

    def peaks(pages: int) -> tuple[int, int]:
        room = tmp_path / str(pages)
        room.mkdir()
        with make_register(room) as store:
            for number in range(1, pages + 1):
                lines = reading([f"dòng {number}-{row}" * 90 for row in range(20)])
                add_scan(store, lines, number=number)
            tracemalloc.start()
            export(store, room / "out.json", Format.JSON)
            out = tracemalloc.get_traced_memory()[1]
            tracemalloc.reset_peak()
            import_register(room / "out.json", room / "back")
            back = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return out, back

    peaks(1)
    few, many = peaks(4), peaks(24)
    assert many[0] < few[0] * 1.2
    assert many[1] < few[1] * 1.2
