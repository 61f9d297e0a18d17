from __future__ import annotations

import pytest


def said(result) -> tuple[int, str, str]:
    return result.exit_code, result.stdout, result.stderr


WORDED = [
    ("foo", "No such command 'foo'.", "Không có lệnh 'foo'."),
    (
        "sen",
        "No such command 'sen'. Did you mean 'seen'?",
        "Không có lệnh 'sen'. Có phải ý bạn là 'seen'?",
    ),
    ("--foo", "No such option: --foo.", "Không có tùy chọn --foo."),
    (
        "pages --notebok 1",
        "No such option: --notebok. Did you mean --notebook?",
        "Không có tùy chọn --notebok. Có phải ý bạn là --notebook?",
    ),
    ("check", "Argument 'PAGE' is missing.", "Thiếu tham số 'PAGE'."),
    ("drop 1", "Option '--reason' is missing.", "Thiếu tùy chọn '--reason'."),
    (
        "pages --notebook",
        "Option '--notebook' needs a value.",
        "Tùy chọn '--notebook' cần có giá trị.",
    ),
    (
        "pages --json=1",
        "Option '--json' takes no value.",
        "Tùy chọn '--json' không nhận giá trị.",
    ),
    ("check 1/1 2", "Too many arguments: 2.", "Thừa tham số: 2."),
    (
        "drop 1 --reason=",
        "Wrong value for '--reason': it is empty.",
        "Giá trị không đúng cho '--reason': chưa ghi gì.",
    ),
    (
        "check 12",
        "Wrong value for 'PAGE': 12 is no page; a page is written NOTEBOOK/NUMBER, as in 1/12.",
        "Giá trị không đúng cho 'PAGE': 12 không phải là trang; trang ghi QUYỂN/SỐ, ví dụ 1/12.",
    ),
    (
        "show p-1",
        (
            "Wrong value for 'PAGE|ENTRY': p-1 is neither a page, written NOTEBOOK/NUMBER as in "
            "1/12, nor an entry, written as a plain number."
        ),
        (
            "Giá trị không đúng cho 'PAGE|ENTRY': p-1 không phải là trang, ghi QUYỂN/SỐ như 1/12, "
            "cũng không phải là ý kiến, chỉ ghi số."
        ),
    ),
    (
        "join 1 x",
        "Wrong value for 'OTHER...': x is not a number; give it as the lists show it.",
        "Giá trị không đúng cho 'OTHER...': x không phải là số; hãy ghi như trong các danh sách.",
    ),
    (
        "respond 1 done",
        (
            "Wrong value for 'STATUS': done is no status; there are: received, seen, assigned, "
            "answered, forwarded, declined, duplicate, reopened."
        ),
        (
            "Giá trị không đúng cho 'STATUS': done không phải là trạng thái; có: received (mới "
            "tiếp nhận), seen (đã xem), assigned (đã giao), answered (đã trả lời), forwarded (đã "
            "chuyển), declined (không xử lý), duplicate (trùng lặp), reopened (mở lại)."
        ),
    ),
    (
        "pages --register=",
        "Wrong value for '--register': it is empty.",
        "Giá trị không đúng cho '--register': chưa ghi gì.",
    ),
    (
        "people --add Minh --role boss",
        "Wrong value for '--role': boss is no role; there are: clerk, chairman, auditor.",
        (
            "Giá trị không đúng cho '--role': boss không phải là vai trò; có: clerk, chairman, "
            "auditor."
        ),
    ),
]
WRONG = [
    "correct 1",
    "correct --line 1",
    "correct x y",
    "people --role clerk",
    "people --add Minh",
    "people --left Minh --role clerk",
    "people --left Minh --add Thu",
    "correct 1 --no-date --written-on 1/3/2024",
    "correct --line 1 x --no-date",
    "entries --dropped --status seen",
    "ward --ward-code 1",
    "rules --days 3",
    "rules --set a --from 1/1/2024 --days 0 --source b",
    "rules --set a --from 1/1/2024 --days 1001 --source b",
    "holidays Tết",
    "holidays --add 1/1/2024",
    "seen",
    "seen 1",
    "seen 1 --on 1/1/2024 --pending",
    "seen --pending --on 1/1/2024",
    "undo 3 --list",
    "place 3",
    "place 3 1/9999999999999999999",
    "show 9999999999999999999",
    "respond 1 answered --note x --duplicate-of 2",
    "reread",
    "ingest . --workers 0",
    "ingest . --first-page 9999999999999999999",
    "ingest . --notebook 1/2",
    "ingest . --time-limit 0",
    "ingest . --time-limit 1e300",
    "ingest . --time-limit soon",
    "ingest . --recognizer eyes",
    "export pdf",
    "pages --lang fa",
]


@pytest.mark.parametrize(("line", "english", "vietnamese"), WORDED)
def test_wrong_usage_is_explained_in_both_languages(store, run, line, english, vietnamese) -> None:
    results = run(*line.split()), run(*line.split(), lang="vi")
    assert [result.exit_code for result in results] == [2, 2]
    assert [result.stdout for result in results] == ["", ""]
    assert [result.stderr.splitlines()[-1] for result in results] == [
        f"Error: {english}",
        f"Lỗi: {vietnamese}",
    ]


@pytest.mark.parametrize("line", WRONG)
def test_a_command_written_wrongly_changes_nothing_and_says_how_it_goes(store, run, line) -> None:
    head = store.head()
    result = run(*line.split(), lang="vi")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Cách dùng: formbook ")
    assert "--help' để xem trợ giúp.\n\nLỗi: " in result.stderr
    assert store.head() == head


def test_a_day_that_no_calendar_has_is_wrong_usage(store, run) -> None:
    assert said(run("seen", 1, "--on", "31/2/2024", lang="vi")) == (
        2,
        "",
        (
            "Lỗi: Không có ngày 31/2/2024 trong lịch.\n"
            "Không có gì thay đổi. Hãy ghi ngày, tháng và đủ năm, ngày đứng trước, ví dụ 12/3/2024 "
            "hoặc 2024-03-12.\n"
        ),
    )


@pytest.mark.parametrize("command", ["ingest", "read", "import"])
def test_a_path_that_is_not_there_is_wrong_usage(store, run, command) -> None:
    result = run(command, "/nowhere/1.jpg", lang="vi")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(": Không có /nowhere/1.jpg.\n")


def test_no_command_shows_the_help_as_wrong_usage(run) -> None:
    result = run()
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: formbook [OPTIONS] COMMAND ...\n")


def test_help_names_arguments_and_options_in_the_language(run) -> None:
    assert (
        run("check", "--help").stdout
        == """\
Usage: formbook check [OPTIONS] PAGE

  Record that you compared a page's entries and marks with its picture.

  A comment that was missed is one that nobody answers: `formbook unanswered`
  ends with how many pages nobody has checked yet.

Arguments:
  PAGE  A page, written NOTEBOOK/NUMBER: 1/12.

Options:
  --json                  Print one JSON object, for programs.
  -q, --quiet             Say nothing but data, warnings and errors.
  --lang vi|en            Language of messages; otherwise that of the settings,
                          else of the system.
  --register DIR          The register's folder; otherwise FORMBOOK_REGISTER,
                          else the current folder.
  --as NAME               Who acts; otherwise FORMBOOK_PERSON, else whose
                          account this is.
  --passphrase-file FILE  Take the passphrase of your key, if you have one, from
                          a file's first line.
  --help                  Show this message and exit.
"""
    )
    vietnamese = run("check", "--help", lang="vi").stdout
    assert vietnamese.startswith("Cách dùng: formbook check [TÙY CHỌN] PAGE\n")
    assert "\nTham số:\n  PAGE  Một trang, ghi QUYỂN/SỐ: 1/12.\n\nTùy chọn:\n" in vietnamese
    assert vietnamese.endswith("  --help                  Hiện trợ giúp này rồi thoát.\n")


def test_the_help_lists_every_command_with_its_first_sentence(run) -> None:
    listed = run("--help", lang="vi").stdout.partition("\nLệnh:\n")[2]
    assert "  entries     Liệt kê các ý kiến theo thứ tự trên giấy\n" in listed
    assert "  import      Tạo sổ đăng ký từ tệp do `formbook export json` ghi ra\n" in listed
