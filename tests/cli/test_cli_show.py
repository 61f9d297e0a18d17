from __future__ import annotations

import json

from registers import CHAIRMAN, CLERK, NOW, TODAY, add_scan, entry, reading, written

from formbook.model import Status
from formbook.respond import respond
from formbook.seen import mark_seen, reject_mark

EVENT = "2024-03-01 10:00"  # in Hanoi


def answer(store) -> None:
    mark_seen(store, 1, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    respond(
        store,
        1,
        Status.ANSWERED,
        note="Đã thay bóng đèn",
        due=None,
        to=None,
        duplicate_of=None,
        by=CLERK,
        now=NOW,
        today=TODAY,
    )


def test_an_entry_is_shown_with_all_that_happened_to_it(store, run) -> None:
    answer(store)
    assert (
        run("show", 1).stdout
        == f"""\
Entry 1, page 1/1
Đường Trần Bình tối quá
đèn hỏng

Status: answered
Written on: 2024-02-26 (“26/2/2024”)
Seen on: 2024-03-01, recorded {EVENT}, not signed
Imported on: 2024-03-01
Closed on: 2024-03-01

Lines
  1  0.75  Đường Trần Bình tối quá
  2  0.75  đèn hỏng

Marks
  1  settled  2024-03-01  “Đã xem”  Nguyễn Văn Chủ  recorded {EVENT}, not signed

Answers
  2024-03-01  answered  Lan  Đã thay bóng đèn  not signed

History
  4  {EVENT}  Lan  scan imported
  6  {EVENT}  Nguyễn Văn Chủ  marked as seen
  7  {EVENT}  Lan  answer recorded
"""
    )


def test_an_entry_is_shown_in_vietnamese(store, run) -> None:
    answer(store)
    shown = run("show", 1, lang="vi").stdout
    assert shown.startswith("Ý kiến 1, trang 1/1\n")
    assert "Trạng thái: đã trả lời\n" in shown
    assert f"  6  {EVENT}  Nguyễn Văn Chủ  đánh dấu đã xem\n" in shown


def test_a_page_is_shown_with_its_entries_and_the_mark_that_waits(store, run) -> None:
    shown = run("show", "1/1").stdout
    assert shown.startswith("Page 1/1\n\nScans\n  1  1-1.jpg  800×1200  originals/")
    assert shown.endswith(
        "Marks\n"
        "  1  found, not settled  “Đã xem”  can mean 2024-02-27\n"
        "\n"
        "Entry 1 (received)\n"
        "Đường Trần Bình tối quá\n"
        "đèn hỏng\n"
        "\n"
        "Entry 2 (received)\n"
        "Khen cán bộ\n"
    )


def test_a_corrected_line_shows_what_the_machine_read(store, run) -> None:
    run("correct", "--line", 2, "đèn bị hỏng")
    assert "  2  0.75  đèn bị hỏng  (read as “đèn hỏng”)\n" in run("show", 1).stdout
    assert "  2  0.75  đèn bị hỏng  (máy đọc: “đèn hỏng”)\n" in run("show", 1, lang="vi").stdout
    assert "  1  0.75  Đường Trần Bình tối quá\n" in run("show", 1).stdout


def test_dates_that_leave_a_doubt_are_all_shown(store, run) -> None:
    doubt = written("1/3", "2024-03-01", "2023-03-01")
    add_scan(store, reading(["Bến xe"], entries=[entry(doubt)]), number=3)
    assert "Written on: not settled: 2024-03-01 / 2023-03-01 (“1/3”)\n" in run("show", 4).stdout


def test_a_mark_that_was_rejected_says_why_and_one_without_paper_says_who(store, run) -> None:
    reject_mark(store, 1, reason="vết bẩn", by=CLERK, now=NOW)
    mark_seen(store, 3, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    assert "  1  rejected  “Đã xem”  Lan  vết bẩn\n" in run("show", "1/1").stdout
    assert "  2  settled  2024-03-01  Nguyễn Văn Chủ  recorded" in run("show", 3).stdout


def test_an_entry_is_shown_on_a_terminal(store, run, terminal) -> None:
    assert run("show", 3).stdout.startswith("Entry 3, page 1/2\nVỉa hè bị lấn chiếm\n")


def test_show_for_programs(store, run) -> None:
    entry = json.loads(run("show", 1, "--json").stdout)
    page = json.loads(run("show", "1/1", "--json").stdout)
    assert (entry["schema"], entry["entry"], entry["signs"]) == ("formbook/entry/1", 1, [])
    assert [line["text"] for line in entry["lines"]] == ["Đường Trần Bình tối quá", "đèn hỏng"]
    assert (page["schema"], page["page"]) == ("formbook/page/1", 1)
    assert [each["entry"] for each in page["entries"]] == [1, 2]


def test_what_is_not_there_is_said(store, folder, run) -> None:
    result = run("show", 99, lang="vi")
    assert (result.exit_code, result.stdout) == (6, "")
    assert result.stderr == (
        f"Lỗi: {folder} không có ý kiến 99.\n"
        "Không có gì thay đổi. `formbook entries` liệt kê những gì hiện có.\n"
    )
    assert run("show", "9/9").stderr == (
        f"Error: {folder} holds no page 9/9.\nNothing was changed. `formbook pages` lists them.\n"
    )


def test_what_may_go_on_on_the_next_page_is_told_wherever_the_clerk_looks(store, run) -> None:
    link = {"first": {"entry": 2}, "then": {"page": 0, "group": 0}, "joined": False}
    add_scan(store, reading(["trước nhà văn hóa"], number=4), number=3, links=[link])
    page, entry_before = run("show", "1/3").stdout, run("show", "2").stdout
    checked = run("check", "1/1").stderr
    run("check", "1/3")
    assert "Number on the paper: 4\n" in page
    assert "May go on in entry: 4\n" in entry_before
    assert "Entry 2 may go on in entry 4: `formbook join 2 4`.\n" in checked
    assert "may go on" not in run("show", "2").stdout.lower()


def test_a_page_says_which_entry_goes_on_on_it(store, run) -> None:
    link = {"first": {"entry": 2}, "then": {"page": 0, "group": 0}, "joined": True}
    add_scan(store, reading(["trước nhà văn hóa"]), number=3, links=[link])
    assert "Entry 2 goes on here from page 1/1.\n" in run("show", "1/3").stdout
    assert run("entries", "--page", "1/3").stdout.splitlines()[1:] == []


def test_a_number_on_the_paper_that_a_person_let_stand_is_told_once(store, run) -> None:
    add_scan(store, reading(["Bến xe"], number=8), number=3)
    told = "The number on its paper was read as 8; it stays 1/3.\n"
    assert told in run("check", "1/3").stderr
    assert told not in run("check", "1/3").stderr


def test_half_of_a_picture_is_called_so(store, run) -> None:
    add_scan(store, {**reading(["Bến xe"]), "side": "left"}, number=3)
    assert "800×1200  left half  originals/" in run("show", "1/3").stdout
