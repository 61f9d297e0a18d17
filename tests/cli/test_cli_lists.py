from __future__ import annotations

import json

import pytest
from registers import CHAIRMAN, CLERK, NOW, TODAY, add_scan, reading

from formbook.model import PageRef, Status
from formbook.respond import respond
from formbook.seen import mark_seen


def test_pages_are_tab_separated_in_a_pipe(store, run) -> None:
    result = run("pages")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "Page\tOn paper\tScans\tEntries\tMarks to settle\tSeen on\tMarks not signed\t"
        "Checked by\n"
        "1/1\t\t1\t2\t1\t\t\t\n"
        "1/2\t\t1\t1\t0\t\t\t\n"
    )


def test_pages_are_a_table_on_a_terminal(store, run, terminal) -> None:
    assert run("pages").stdout.split("\n") == [
        "Page  Scans  Entries  Marks to settle",
        "1/1       1        2                1",
        "1/2       1        1                0",
        "",
    ]


def test_pages_in_vietnamese(store, run) -> None:
    assert run("pages", lang="vi").stdout.splitlines()[0] == (
        "Trang\tSố trên giấy\tBản quét\tSố ý kiến\tDấu chờ xác định\tNgày xem\tDấu chưa "
        "ký\tNgười đối chiếu"
    )


def test_pages_for_programs_keep_their_keys_in_every_language(store, run) -> None:
    english, vietnamese = run("pages", "--json"), run("pages", "--json", lang="vi")
    assert english.stdout == vietnamese.stdout
    assert json.loads(english.stdout) == {
        "schema": "formbook/pages/1",
        "held": [],
        "findings": [],
        "rows": [
            {
                "notebook": "1",
                "page": 1,
                "scans": 1,
                "entries": 2,
                "marks_found": 1,
                "seen": None,
                "unsigned": 0,
                "number_read": None,
                "checked_by": None,
                "checked_at": None,
            },
            {
                "notebook": "1",
                "page": 2,
                "scans": 1,
                "entries": 1,
                "marks_found": 0,
                "seen": None,
                "unsigned": 0,
                "number_read": None,
                "checked_by": None,
                "checked_at": None,
            },
        ],
    }


def test_scans_that_wait_are_mentioned_below_the_pages(store, run) -> None:
    add_scan(store, reading(["Bến xe"]), number=2, held="number_taken", looks_like=2)
    result = run("pages", "--quiet")
    assert result.stderr == (
        "A number that stands on an earlier page too: 1/2 (scan 3).\n"
        "Scans that wait to be placed on their page by a person: 1 (formbook place).\n"
    )
    assert run("place").stdout == (
        "Scan\tFile\tFrame\tPart\tWhy\tLooks like\n"
        "3\t1-2.jpg\t1\t\tanother page has this number\t1/2\n"
    )


def test_what_is_wrong_with_the_run_of_pages_is_told_below_them(store, run) -> None:
    add_scan(store, reading(["Bến xe"], number=6), number=5)
    add_scan(store, reading(["Bến tàu"], number=7), number=6)
    result = run("pages")
    assert result.stderr == ("Missing: 1/3–4.\nAnother number stands on the paper: 1/5–6 (6).\n")
    assert json.loads(run("pages", "--json").stdout)["findings"] == [
        {"kind": kind, "notebook": "1", "first": first, "last": last, "read": read, "scan": None}
        for kind, first, last, read in (("missing", 3, 4, None), ("differs", 5, 6, 6))
    ]
    assert run("pages", lang="vi").stderr == (
        "Còn thiếu: 1/3–4.\nTrên giấy ghi số khác: 1/5–6 (6).\n"
    )


def test_entries_show_their_lines_in_one_cell(store, run) -> None:
    assert run("entries").stdout == (
        "Entry\tPage\tWritten on\tStatus\tSeen on\tMark signed\tWith\tMay go on in\tMay be in law\t"
        "Text\n"
        "1\t1/1\t2024-02-26\treceived\t\t\t\t\t\tĐường Trần Bình tối quá / đèn hỏng\n"
        "2\t1/1\t\treceived\t\t\t\t\t\tKhen cán bộ\n"
        "3\t1/2\t\treceived\t\t\t\t\t\tVỉa hè bị lấn chiếm\n"
    )


def test_entries_of_a_page_and_of_a_status(store, run) -> None:
    mark_seen(store, PageRef("1", 2), on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    assert run("entries", "--page", "1/1").stdout.count("\n") == 3
    assert run("entries", "--status", "seen", lang="vi").stdout.splitlines()[1] == (
        "3\t1/2\t\tđã xem\t2024-03-01\tkhông\t\t\t\tVỉa hè bị lấn chiếm"
    )


@pytest.mark.parametrize(
    ("status", "lang"),
    [("Đã xem", "vi"), ("da xem", "vi"), ("seen", "vi"), ("SEEN", "en")],
)
def test_a_status_is_named_by_its_code_or_its_word(store, run, status, lang) -> None:
    mark_seen(store, PageRef("1", 2), on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    assert run("entries", "--status", status, "--json", lang=lang).stdout.count('"entry"') == 1


def test_the_name_of_a_notebook_stands_on_one_line(store, run) -> None:
    assert run("renumber", "1/2", " sổ \n 2 /7").exit_code == 0
    assert run("entries", "--notebook", "sổ  2").stdout.splitlines()[1].startswith("3\tsổ 2/7\t")
    assert run("show", "sổ\t2/7").exit_code == 0


def test_an_entry_that_looks_like_a_complaint_is_flagged(store, run) -> None:
    add_scan(store, reading(["Tôi khiếu nại quyết định xử phạt"]), number=3)
    assert run("entries", "--page", "1/3", lang="vi").stdout.splitlines()[1] == (
        "4\t1/3\t\tmới tiếp nhận\t\t\t\t\tkhiếu nại\tTôi khiếu nại quyết định xử phạt"
    )
    assert run("show", 4, lang="vi").stderr == (
        "Ý kiến 4 có dấu hiệu khiếu nại/tố cáo: chuyển người tiếp công dân, không xử lý trong "
        "sổ góp ý.\n"
    )


def test_nothing_to_list_is_said_on_a_terminal(tmp_path, run, terminal) -> None:
    run("init", "--ward", "Nghĩa Đô", "--register", tmp_path / "new")
    result = run("entries", "--register", tmp_path / "new")
    assert (result.stdout, result.stderr) == ("", "There is nothing to list.\n")


def test_lines_of_an_entry_and_of_a_page(store, run) -> None:
    assert run("lines", 1).stdout == (
        "Line\tEntry\tConfidence\tCorrected by\tText\n"
        "1\t1\t0.75\t\tĐường Trần Bình tối quá\n"
        "2\t1\t0.75\t\tđèn hỏng\n"
    )
    assert run("lines", "1/1").stdout.count("\n") == 4
    assert json.loads(run("lines", 2, "--json").stdout)["schema"] == "formbook/lines/1"


def test_search_finds_without_marks_and_says_when_it_finds_nothing(store, run) -> None:
    assert run("search", "duong").stdout.splitlines()[1].startswith("1\t1/1\t")
    result = run("search", "hồ bơi", lang="vi")
    assert result.exit_code == 0
    assert result.stderr == "Không tìm thấy ý kiến nào khớp với “hồ bơi”.\n"
    assert run("search", "hồ bơi", "--quiet").stderr == ""
    found = json.loads(run("search", "e", "--limit", 1, "--json").stdout)
    assert (found["schema"], len(found["rows"])) == ("formbook/search/1", 0)
    assert run("search", "b", "--limit", 1).stderr == (
        "These are the first 1; --limit N shows more.\n"
    )


def test_unanswered_ends_with_the_pages_that_nobody_checked(store, run) -> None:
    result = run("unanswered", "--as-of", "11/3/2024")
    assert result.stdout == (
        "Entry\tPage\tStatus\tSince\tWaiting\tDeadline\tOverdue\tWith\tMay be in law\tBasis"
        "\tRule\tText\n"
        "1\t1/1\treceived\t2024-02-26\t10\t2024-03-11\t0\t\t\tdate written"
        "\thouse rule\tĐường Trần Bình tối quá / đèn hỏng\n"
        "2\t1/1\treceived\t2024-03-01\t6\t2024-03-15\t0\t\t\tdate imported"
        "\thouse rule\tKhen cán bộ\n"
        "3\t1/2\treceived\t2024-03-01\t6\t2024-03-15\t0\t\t\tdate imported"
        "\thouse rule\tVỉa hè bị lấn chiếm\n"
    )
    assert result.stderr == (
        "Pages that no person has checked yet: 2. What was missed there is missing here too.\n"
    )


def screen(text: str) -> list[str]:
    """What a person sees, without the blanks at the ends of lines."""
    return [line.rstrip() for line in text.splitlines()]


def test_on_a_terminal_what_has_no_room_beside_stands_below(store, run, terminal) -> None:
    shown = run("unanswered", "--as-of", "11/3/2024", "--overdue", "--lang", "vi")
    assert shown.stdout == ""
    shown = run("unanswered", "--as-of", "12/3/2024", "--overdue", "--lang", "vi")
    assert screen(shown.stdout) == [
        "Ý kiến  Trang  Trạng thái     Từ ngày     Số ngày chờ  Thời hạn    Quá hạn",
        "     1  1/1    mới tiếp nhận  2024-02-26           11  2024-03-11        1",
        "    Căn cứ: ngày ghi · Quy định: quy định nội bộ",
        "    Đường Trần Bình tối quá / đèn hỏng",
    ]


def test_on_a_wide_terminal_the_text_stands_beside(store, run, terminal, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    assert screen(run("entries").stdout) == [
        "Entry  Page  Written on  Status    Text",
        "    1  1/1   2024-02-26  received  Đường Trần Bình tối quá / đèn hỏng",
        "    2  1/1               received  Khen cán bộ",
        "    3  1/2               received  Vỉa hè bị lấn chiếm",
    ]


@pytest.mark.parametrize("columns", [20, 80, 140])
def test_a_long_text_is_cut_on_a_terminal_alone(store, run, terminal, monkeypatch, columns) -> None:
    text = " ".join(f"từ{n}" for n in range(300))
    add_scan(store, reading([text]), number=3)
    monkeypatch.setenv("COLUMNS", str(columns))
    listed = run("entries", "--page", "1/3", lang="vi")
    assert listed.stdout.rstrip().endswith(" …")
    assert all(len(line) <= max(columns, 21) for line in screen(listed.stdout)[1:])
    assert listed.stderr == ("Chỗ có … là còn tiếp: `formbook show ENTRY` hiển thị toàn bộ.\n")
    assert run("entries", "--page", "1/3", "--quiet").stderr == ""
    found = run("search", "từ299")
    assert "từ299" in found.stdout
    assert found.stderr == ""
    monkeypatch.setattr("formbook.cli.output.is_terminal", lambda _stream: False)
    assert text in run("entries", "--page", "1/3").stdout


def test_one_word_too_long_for_the_screen_is_cut_too(store, run, terminal) -> None:
    add_scan(store, reading(["x" * 1000]), number=3)
    assert run("entries", "--page", "1/3").stdout.endswith(f"    {'x' * 74} …\n")


def test_what_an_entry_may_be_in_law_is_said_of_that_entry_alone(store, run, terminal) -> None:
    add_scan(store, reading(["Tôi khiếu nại quyết định xử phạt"]), number=3)
    shown = run("unanswered", "--as-of", "12/3/2024", lang="vi").stdout
    assert shown.count("    Dấu hiệu pháp lý: khiếu nại · ") == 1


def test_a_register_whose_pages_are_all_checked_needs_no_reminder(store, run) -> None:
    run("check", "1/1")
    run("check", "1/2")
    assert run("unanswered").stderr == ""


def test_unanswered_for_programs(store, run) -> None:
    mark_seen(store, 1, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    respond(
        store,
        1,
        Status.ASSIGNED,
        note=None,
        due=None,
        to="Địa chính",
        duplicate_of=None,
        by=CLERK,
        now=NOW,
        today=TODAY,
    )
    printed = json.loads(run("unanswered", "--overdue", "--as-of", "2024-03-12", "--json").stdout)
    assert printed == {
        "schema": "formbook/unanswered/1",
        "as_of": "2024-03-12",
        "unchecked_pages": 2,
        "rows": [
            {
                "entry": 1,
                "notebook": "1",
                "page": 1,
                "text": "Đường Trần Bình tối quá\nđèn hỏng",
                "assigned_to": "Địa chính",
                "due": None,
                "written_on": "2024-02-26",
                "received": "2024-02-26",
                "received_basis": "written",
                "seen": "2024-03-01",
                "status": "assigned",
                "waiting_working_days": 11,
                "deadline": "2024-03-11",
                "overdue_working_days": 1,
                "rule": "house rule",
                "provisional": False,
            }
        ],
    }


def test_today_is_that_of_hanoi_where_no_day_is_given(store, run) -> None:
    assert json.loads(run("unanswered", "--json").stdout)["as_of"] == "2024-03-01"


def test_pending_marks_say_what_their_dates_can_mean(store, run) -> None:
    assert run("seen", "--pending").stdout == (
        "Mark\tPage\tEntry\tText\tDate\tStamp\tSignature\n1\t1/1\t\tĐã xem\t2024-02-27\t\tyes\n"
    )
    assert json.loads(run("seen", "--pending", "--json").stdout)["schema"] == "formbook/marks/1"


def test_people_rules_holidays_and_ward(store, run) -> None:
    assert run("people", lang="vi").stdout == (
        "Tên\tVai trò\tTài khoản\n"
        "Hoa\tcán bộ kiểm tra\thoa\n"
        "Lan\tvăn thư\tlan\n"
        "Nguyễn Văn Chủ\tChủ tịch\tchu\n"
    )
    assert run("ward").stdout == "Ward\tCode\tAs of\nNghĩa Đô\t00160\t2025-07-01\n"
    assert run("holidays").stdout == "Date\tKind\tName\n"
    rule = run("rules", lang="vi").stdout.splitlines()[1]
    assert rule.startswith("quy định nội bộ\t1900-01-01\t10\tChưa có văn bản nào quy định")


@pytest.mark.parametrize("command", ["people", "rules", "holidays", "ward", "pages", "entries"])
def test_every_list_says_its_schema(store, run, command) -> None:
    assert json.loads(run(command, "--json").stdout)["schema"] == f"formbook/{command}/1"


def test_no_cell_can_break_a_line_or_steer_the_terminal(store, run) -> None:
    add_scan(store, reading(["Tab\there \x1b[31mred\x1b[0m\x07"]), number=3)
    assert run("entries", "--page", "1/3").stdout.splitlines()[1] == (
        "4\t1/3\t\treceived\t\t\t\t\t\tTab here \\x1b[31mred\\x1b[0m\\x07"
    )


def test_no_cell_can_turn_its_characters_around(store, run) -> None:
    add_scan(store, reading(["\u202egpj.exe\u2066"]), number=3)
    assert (
        run("entries", "--page", "1/3").stdout.splitlines()[1].endswith("\t\\u202egpj.exe\\u2066")
    )


def test_no_text_in_json_can_steer_a_terminal(store, run) -> None:
    name = "A\x9b31mB\x7f\u202eC\x1b[0m"
    run("people", "--add", name, "--role", "auditor")
    said = run("people", "--json").stdout
    assert not set("\x9b\x7f\u202e\x1b") & set(said)
    assert name in [person["name"] for person in json.loads(said)["rows"]]


def test_brackets_are_no_markup(store, run, terminal) -> None:
    add_scan(store, reading(["[red]đèn[/red] :smile:"]), number=3)
    assert "[red]đèn[/red] :smile:" in run("entries", "--page", "1/3").stdout


def test_a_person_sees_how_far_verifying_is(store, run, terminal) -> None:
    result = run("verify", "--lang", "vi")
    assert "Đang băm và chạy lại nhật ký" in result.stderr
    assert "Đang băm và chạy lại nhật ký" not in run("verify", "--quiet", "--lang", "vi").stderr


def test_what_was_dropped_or_joined_is_listed_apart(store, run) -> None:
    run("drop", 2, "--reason", "vết mực")
    run("add", "1/1", "Phần sau")
    run("join", 1, 4)
    assert run("entries", "--dropped").stdout == (
        "Entry\tPage\tWas\tReason, or to which\tPerson\tAt\tText\n"
        "2\t1/1\tdropped\tvết mực\tLan\t2024-03-01 11:00\tKhen cán bộ\n"
        "4\t1/1\tjoined to another\t1\tLan\t2024-03-01 11:00\tPhần sau\n"
    )
    assert run("entries", "--dropped", "--page", "1/2").stdout.count("\n") == 1
    listed = json.loads(run("entries", "--dropped", "--json").stdout)
    assert listed["schema"] == "formbook/dropped/1"
    assert listed["rows"][0] == {
        "entry": 2,
        "notebook": "1",
        "page": 1,
        "text": "Khen cán bộ",
        "gone": "dropped",
        "reason": "vết mực",
        "joined_into": None,
        "status": "received",
        "seen": None,
        "event": 6,
        "person": "Lan",
        "at": "2024-03-01T04:00:00Z",
    }
    assert run("show", 2).stderr == (
        "Error: Entry 2 was dropped by Lan on 2024-03-01: vết mực\n"
        "Nothing was changed. `formbook entries --dropped` lists all that were; `formbook undo` "
        "brings one back.\n"
    )
    assert run("show", 4, lang="vi").stderr == (
        "Lỗi: Ý kiến 4 đã được Lan gộp vào ý kiến 1 ngày 2024-03-01.\n"
        "Không có gì thay đổi. `formbook show 1` xem toàn bộ.\n"
    )
