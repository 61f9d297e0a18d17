from __future__ import annotations

import datetime as dt
import json
import unicodedata

import pytest
from registers import CHAIRMAN, CLERK, NOW, add_scan, box, reading

from formbook.cli import clock
from formbook.store import views

CHAIR = ("--as", CHAIRMAN.name)


def said(result) -> tuple[int, str, str]:
    return result.exit_code, result.stdout, result.stderr


def test_a_person_is_told_what_was_done_and_a_program_gets_the_event(store, run) -> None:
    assert said(run("check", "1/1")) == (0, "", "Page 1/1 is checked.\n")
    result = run("check", "1/2", "--json", "--quiet")
    assert result.stderr == ""
    event = json.loads(result.stdout)
    assert {name: event[name] for name in ("schema", "seq", "at", "person", "account", "kind")} == {
        "schema": "formbook/event/1",
        "seq": 7,
        "at": "2024-03-01T04:00:00Z",
        "person": CLERK.name,
        "account": CLERK.account,
        "kind": "page_checked",
    }
    assert event["body"] == {"page": 2}
    assert event["sha256"] == store.event(7).sha256


UNSIGNED = "\nThe mark is not signed; it is recorded on 2024-03-01; days after the day on it: 3."
CHUA_KY = "\nDấu này chưa ký; được ghi nhận ngày 2024-03-01; số ngày sau ngày ghi trên dấu: 3."


@pytest.mark.parametrize(
    ("arguments", "english", "vietnamese"),
    [
        (
            ("correct", 3, "Vỉa hè Trần Bình bị lấn chiếm"),
            "Entry 3 is corrected.",
            "Đã đính chính ý kiến 3.",
        ),
        (
            ("correct", 3, "--written-on", "1/3/2024"),
            "Entry 3 is corrected.",
            "Đã đính chính ý kiến 3.",
        ),
        (("correct", "--line", 4, "Vỉa hè"), "Line 4 is corrected.", "Đã đính chính dòng 4."),
        (("check", "1/2"), "Page 1/2 is checked.", "Trang 1/2 đã đối chiếu."),
        (
            ("add", "1/2", "Ghế hỏng"),
            "Entry 4 is added to page 1/2.",
            "Đã thêm ý kiến 4 vào trang 1/2.",
        ),
        (("drop", 3, "--reason", "vết mực"), "Entry 3 is dropped.", "Đã bỏ ý kiến 3."),
        (
            ("split", 1, 2),
            "Entry 1 is split; the rest is entry 4.",
            "Đã tách ý kiến 1; phần sau là ý kiến 4.",
        ),
        (("join", 1, 2, 3), "Entry 1 now holds also: 2, 3.", "Ý kiến 1 nay gồm cả: 2, 3."),
        (
            ("seen", "1/1", "--on", "27/2/2024"),
            "Seen on 2024-02-27. Entries: 2, marks settled: 1." + UNSIGNED,
            "Đã xem ngày 2024-02-27. Ý kiến: 2, dấu đã xác định: 1." + CHUA_KY,
        ),
        (
            ("seen", 3, "--on", "1/3/2024", *CHAIR),
            "Seen on 2024-03-01. Entries: 1, marks settled: 0.\nThe mark is not signed.",
            "Đã xem ngày 2024-03-01. Ý kiến: 1, dấu đã xác định: 0.\nDấu này chưa ký.",
        ),
        (("seen", "--reject", 1, "--reason", "vết bẩn"), "Mark 1 is rejected.", "Đã loại dấu 1."),
        (
            ("people", "--add", "Minh", "--role", "clerk", "--role", "auditor"),
            "Minh now acts as: clerk, auditor.",
            "Minh nay có vai trò: văn thư, cán bộ kiểm tra.",
        ),
        (("ward", "Cầu Giấy"), "The ward is now called Cầu Giấy.", "Phường nay có tên Cầu Giấy."),
        (
            ("rules", "--set", "nhanh", "--from", "1/4/2024", "--days", 5, "--source", "QĐ 1"),
            "Rule nhanh: 5 working days, from 2024-04-01 on.",
            "Quy định nhanh: 5 ngày làm việc, từ ngày 2024-04-01.",
        ),
        (
            ("holidays", "--add", "11/3/2024", "Ngày hội phường"),
            "2024-03-11 is now a day off: Ngày hội phường.",
            "2024-03-11 nay là ngày nghỉ: Ngày hội phường.",
        ),
        (
            ("undo", 5),
            "Act 5 is undone: scan imported.",
            "Đã hoàn tác thao tác 5: nhập bản quét.",
        ),
        (("renumber", "1/2", "2/7"), "Page 1/2 is now page 2/7.", "Trang 1/2 nay là trang 2/7."),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
@pytest.mark.parametrize("lang", ["en", "vi"])
def test_an_act_is_confirmed(store, run, lang, arguments, english, vietnamese) -> None:
    head = store.head()[0]
    confirmed = english if lang == "en" else vietnamese
    assert said(run(*arguments, lang=lang)) == (0, "", f"{confirmed}\n")
    assert store.head()[0] == head + 1


def test_a_text_can_come_from_standard_input(store, run) -> None:
    assert run("correct", 1, "-", typed="Đường tối\nđèn hỏng\n").exit_code == 0
    assert run("add", "1/2", "-", typed="Ghế hỏng\n").exit_code == 0
    assert [row["text"] for row in views.entries(store)] == [
        "Đường tối\nđèn hỏng",
        "Khen cán bộ",
        "Vỉa hè bị lấn chiếm",
        "Ghế hỏng",
    ]


def test_a_day_of_an_entrys_answers(store, run) -> None:
    run("seen", "1/2", "--on", "1/3/2024", *CHAIR)
    assigned = run("respond", 3, "assigned", "--to", "Tổ trật tự", "--due", "8/3/2024")
    answered = run("respond", 3, "answered", "--note", "Đã dọn", "--json", lang="vi")
    assert said(assigned) == (0, "", "Entry 3 is now: assigned.\nThe answer is not signed.\n")
    assert answered.stderr == "Ý kiến 3 nay là: đã trả lời.\nCâu trả lời chưa ký.\n"
    assert json.loads(answered.stdout)["body"]["status"] == "answered"
    assert run("undo", "--list").stdout.splitlines()[1] == (
        "8\t2024-03-01 11:00\tLan\tanswer recorded\t1/2\t3"
    )


def test_an_act_of_the_office_is_about_no_page(store, run) -> None:
    run("people", "--add", "Minh", "--role", "clerk")
    assert run("undo", "--list").stdout.splitlines()[1].endswith("\tperson added\t\t")


def test_two_pages_cannot_have_one_number(store, folder, run) -> None:
    assert said(run("renumber", "1/1", "1/2")) == (
        6,
        "",
        (
            f"Error: {folder} already holds a page 1/2.\n"
            "Nothing was changed. Give that page its right number first.\n"
        ),
    )


def test_a_mark_earlier_than_the_entry_is_doubted(store, run) -> None:
    assert said(run("seen", "1/1", "--on", "25/2/2024", *CHAIR, lang="vi")) == (
        0,
        "",
        (
            "Đã xem ngày 2024-02-25. Ý kiến: 2, dấu đã xác định: 1.\n"
            "Dấu này chưa ký; được ghi nhận ngày 2024-03-01; số ngày sau ngày ghi trên dấu: 5.\n"
            "Ý kiến 1: ngày xem (2024-02-25) sớm hơn ngày ghi ý kiến (2024-02-26). "
            "Đề nghị kiểm tra lại.\n"
        ),
    )


@pytest.mark.parametrize(("behind", "warned"), [(9, False), (11, True)])
def test_a_clock_that_runs_behind_is_said_before_an_act(
    store, run, monkeypatch, behind, warned
) -> None:
    run("check", "1/1")
    late = NOW + dt.timedelta(hours=1) - dt.timedelta(minutes=behind)
    monkeypatch.setattr(clock, "now", lambda: late)
    result = run("check", "1/2", "--quiet")
    assert result.exit_code == 0
    assert result.stderr.startswith("The clock of this machine says 2024-03-01T03:49") is warned


def line(text: str) -> dict[str, object]:
    runs = [[0.75, len(text)]]
    return {"polygon": box(0), "text": text, "confidences": runs, "entry": 0, "engine": "scripted"}


def test_a_held_scan_is_placed_on_its_page(store, run) -> None:
    add_scan(store, reading([line("Bến xe")]), number=2, held="number_taken", looks_like=2)
    assert said(run("place", 3, "1/7")) == (0, "", "Scan 3 shows page 1/7.\n")
    add_scan(store, reading([line("Cây đổ")]), number=0, held="looks_like", looks_like=2)
    assert run("place", 4, "--new", lang="vi").stderr == "Bản quét 4 là trang 1/8.\n"
    assert json.loads(run("place", "--json").stdout) == {"schema": "formbook/held/1", "rows": []}


def test_all_held_scans_can_be_new_pages_at_once(store, run) -> None:
    for number in (0, 2):
        read = reading([line("Bến xe")])
        add_scan(store, read, number=number, held="number_taken", looks_like=2)
    placed = run("place", "--new")
    assert said(placed) == (0, "", "Scan 3 shows page 1/3.\nScan 4 shows page 1/4.\n")
    assert run("place", "--new").stderr == ""


def test_who_acts_is_named_else_in_the_environment_else_whose_account_it_is(
    store, run, monkeypatch
) -> None:
    monkeypatch.setenv("FORMBOOK_PERSON", CHAIRMAN.name)
    assert json.loads(run("check", "1/1", "--json").stdout)["person"] == CHAIRMAN.name
    named = run("check", "1/1", "--as", "Lan", "--json")
    assert json.loads(named.stdout)["person"] == "Lan"
    monkeypatch.delenv("FORMBOOK_PERSON")
    before = run("--as", CHAIRMAN.name, "--json", "check", "1/1")
    assert json.loads(before.stdout)["person"] == CHAIRMAN.name


def test_a_name_is_known_however_its_marks_are_typed(store, run, monkeypatch) -> None:
    typed = unicodedata.normalize("NFD", CHAIRMAN.name)
    assert typed != CHAIRMAN.name
    assert run("check", "1/1", "--as", typed).exit_code == 0
    monkeypatch.setenv("FORMBOOK_PERSON", typed)
    assert run("check", "1/1").exit_code == 0


def test_a_role_that_may_not_is_refused_in_words(store, run) -> None:
    assert said(run("correct", 1, "x", "--as", "Hoa", lang="vi")) == (
        6,
        "",
        (
            "Lỗi: Hoa không có quyền làm việc này (đính chính nội dung); việc này dành cho: "
            "văn thư.\nKhông có gì thay đổi. `formbook people` liệt kê người có quyền; thao tác "
            "với tư cách người đó bằng --as NAME.\n"
        ),
    )


def test_a_status_out_of_order_is_refused_in_words(store, run) -> None:
    result = run("respond", 1, "answered", "--note", "Xong", lang="vi")
    assert result.exit_code == 6
    assert result.stderr.startswith(
        "Lỗi: Ý kiến 1 đang là “mới tiếp nhận”; từ đó không chuyển sang “đã trả lời” được, chỉ "
        "chuyển được sang: đã xem.\n"
    )
    unsaid = run("seen", 1, "--on", "1/3/2024"), run("respond", 1, "forwarded", lang="vi")
    assert "khi chưa ghi từ nay ai xử lý.\n" in unsaid[1].stderr


def test_a_stranger_is_told_who_can_help(store, folder, run) -> None:
    result = run("check", "1/1", "--as", "Ai Đó")
    assert result.exit_code == 6
    assert result.stderr.startswith(f"Error: {folder} knows no person Ai Đó.\n")


def test_a_person_who_left_is_listed_as_one(store, run) -> None:
    assert said(run("people", "--left", CHAIRMAN.name)) == (
        0,
        "",
        f"{CHAIRMAN.name} no longer acts in this register.\n",
    )
    assert f"{CHAIRMAN.name}\thas left\tchu\n" in run("people").stdout
    assert run("seen", "1/1", "--on", "1/3/2024", *CHAIR).exit_code == 6
    assert run("people", "--left", CLERK.name).exit_code == 6


def test_an_entry_of_which_a_part_was_not_seen_waits_again(store, run) -> None:
    run("seen", 1, "--on", "27/2/2024", *CHAIR)
    assert said(run("join", 1, 2)) == (
        0,
        "",
        (
            "Entry 1 now holds also: 2.\n"
            "Entry 1 is received again, since the chairman has not seen all of it; "
            "`formbook seen 1 --on DATE` marks it.\n"
        ),
    )


def test_a_date_can_be_taken_from_an_entry(store, run) -> None:
    assert run("correct", 1, "--no-date").exit_code == 0
    assert views.entry(store, 1)["written_on"] is None


def test_a_conflict_shows_both_texts_and_changes_nothing(store, run) -> None:
    run("people", "--add", "Minh", "--role", "clerk")
    run("correct", 3, "Vỉa hè Trần Bình", "--written-on", "1/3/2024", "--as", "Minh")
    head = store.head()
    shown = run("correct", 3, "Vỉa hè Trần Bỉnh")
    assert shown.exit_code == 6
    assert shown.stdout == (
        "What stands there\nVỉa hè Trần Bình\n2024-03-01\n\nYours\nVỉa hè Trần Bỉnh\n2024-03-01\n\n"
    )
    version = json.loads(run("show", 3, "--json").stdout)["version"]
    assert shown.stderr == (
        "Error: Entry 3 was changed by Minh on 2024-03-01 11:00, which this correction did not "
        "see.\n"
        f"Nothing was changed. Compare both; to save yours all the same, give --was {version}.\n"
    )
    told = json.loads(run("correct", 3, "Vỉa hè Trần Bỉnh", "--json").stdout)
    assert told == {
        "schema": "formbook/conflict/1",
        "entry": 3,
        "person": "Minh",
        "version": version,
        "theirs": {"text": "Vỉa hè Trần Bình", "written_on": "2024-03-01"},
        "yours": {"text": "Vỉa hè Trần Bỉnh", "written_on": "2024-03-01"},
    }
    assert store.head() == head
    assert run("correct", 3, "Vỉa hè Trần Bỉnh", "--was", version).exit_code == 0


def test_a_line_is_corrected_only_as_it_was_seen(store, run) -> None:
    seen = {
        row["line"]: row["version"] for row in json.loads(run("lines", 3, "--json").stdout)["rows"]
    }
    assert run("correct", "--line", 4, "Vỉa hè", "--was", seen[4]).exit_code == 0
    again = run("correct", "--line", 4, "Vỉa hẻ", "--was", seen[4])
    assert (again.exit_code, again.stdout.splitlines()[1]) == (6, "Vỉa hè")


def test_what_was_changed_since_it_was_looked_at_is_not_marked_and_its_version_is_told(
    store, run
) -> None:
    looked_at = json.loads(run("show", 1, "--json").stdout)["version"]
    run("correct", 1, "Đèn đường tắt")
    see = ("seen", 1, "--on", "1/3/2024", *CHAIR)
    result = run(*see, "--was", looked_at)
    now = json.loads(run("show", 1, "--json").stdout)["version"]
    assert result.exit_code == 6
    assert f"--was {now}" in result.stderr
    assert run(*see, "--was", looked_at, "--was", now).exit_code == 0
    assert run("seen", "--pending", "--was", now).exit_code == 2
