"""Anchors, proofs and verifying against what was kept, as commands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from registers import CLERK, NOW

from formbook.proof import verify_growth, verify_one
from formbook.proof.anchor import read_anchor
from formbook.store import Store

sys.path.append(str(Path(__file__).parents[1] / "proof"))

from time_stamp_office import NOW as STAMPED
from time_stamp_office import Office, serving

QR = "FORMBOOK/1/"


def test_an_anchor_in_a_pipe_is_the_text_of_its_code(store, run) -> None:
    result = run("anchor")
    anchor = read_anchor(result.stdout.encode(), "it")
    assert result.exit_code == 0
    assert result.stdout == anchor.text + "\n"
    assert result.stderr == (
        "Acts 1 to 5 are anchored. Keep the anchor where nobody can change it.\n"
    )
    assert (anchor.size, anchor.register, anchor.at) == (
        *(5, store.identity()),
        "2024-03-01T04:00:00Z",
    )
    assert store.head()[0] == 6


def test_an_anchor_for_programs_is_an_object(store, run, tmp_path) -> None:
    result = json.loads(run("anchor", "--json", "-o", tmp_path / "a.json").stdout)
    anchor = read_anchor((tmp_path / "a.json").read_bytes(), "a.json")
    assert result == {
        "schema": "formbook/anchor/1",
        "register": anchor.register,
        "size": 5,
        "root": anchor.root,
        "at": anchor.at,
        "key": None,
        "signature": None,
        "text": anchor.text,
        "files": [str(tmp_path / "a.json")],
    }


def test_a_slip_is_written_as_a_picture_and_as_a_page(store, run, tmp_path) -> None:
    result = run("anchor", "-o", tmp_path / "s.png", "-o", tmp_path / "s.PDF", lang="vi")
    assert result.exit_code == 0
    picture = cv2.imread(str(tmp_path / "s.png"))
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == result.stdout.strip()
    assert (tmp_path / "s.PDF").read_bytes().startswith(b"%PDF-")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("s.*")} == {0o600}


def test_a_person_sees_the_code_and_its_words(store, run, terminal) -> None:
    shown = run("anchor").stdout
    assert "█" in shown
    for words in ("Nghĩa Đô", "Acts 1 to 5, 2024-03-01 11:00", "Not signed with any key", QR):
        assert words in shown


def test_the_last_anchor_is_written_once_more(store, run) -> None:
    made = run("anchor").stdout
    again = run("anchor", "--again")
    assert (again.stdout, store.head()[0]) == (made, 6)


def test_without_an_anchor_there_is_none_to_write_again(store, run) -> None:
    result = run("anchor", "--again")
    assert result.exit_code == 6
    assert "holds no anchor yet" in result.stderr


def test_no_anchor_is_made_that_could_not_be_written(store, run, tmp_path) -> None:
    (tmp_path / "there.json").touch()
    for name, code in (("there.json", 15), ("a.txt", 2), ("no/folder.png", 15)):
        assert run("anchor", "-o", tmp_path / name).exit_code == code
    assert store.head()[0] == 5
    assert run("anchor", "--force", "-o", tmp_path / "there.json").exit_code == 0


def configured(folder: Path, url: str, office: Office) -> None:
    (folder / "tsa.pem").write_bytes(office.root_pem)
    (folder / "formbook.toml").write_text(
        f'time_stamp_url = "{url}"\ntime_stamp_roots = "tsa.pem"\n', encoding="utf-8"
    )


def test_an_anchor_is_stamped_where_a_server_is_named(folder, run, tmp_path) -> None:
    office, file = Office(), tmp_path / "a.json"
    with serving(office.stamp) as url:
        configured(folder, url, office)
        assert run("anchor", "-o", file).exit_code == 0
    found = json.loads(run("verify", "--anchor", file, "--json").stdout)
    assert [(each["stamped"], each["stamp_checked"]) for each in found["anchors"]] == [
        (STAMPED.strftime("%Y-%m-%dT%H:%M:%SZ"), True)
    ]
    assert "It was time-stamped on 2026-11-24 10:00." in run("verify", "--anchor", file).stderr
    (folder / "formbook.toml").unlink()
    assert "by whom was not checked" in run("verify", "--anchor", file).stderr


def test_a_stamp_of_an_unknown_server_is_a_finding(folder, run, tmp_path) -> None:
    file = tmp_path / "a.json"
    with serving(Office().stamp) as url:
        configured(folder, url, Office())
        run("anchor", "-o", file)
    result = run("verify", "--anchor", file, "--json")
    assert result.exit_code == 7
    assert [row["kind"] for row in json.loads(result.stdout)["rows"]] == ["time_stamp_wrong"]
    (folder / "tsa.pem").unlink()
    result = run("verify", "--anchor", file)
    assert result.exit_code == 6
    assert "tsa.pem holds no certificates" in result.stderr


def test_an_anchor_without_its_stamp_is_kept_and_the_server_is_named(folder, run, tmp_path) -> None:
    file = tmp_path / "a.json"
    with serving(lambda _request: b"no") as url:
        configured(folder, url, Office())
        result = run("anchor", "-o", file)
    assert result.exit_code == 6
    assert f"{url} gave no time stamp" in result.stderr
    assert read_anchor(file.read_bytes(), "a.json").time_stamp is None


def test_verify_tells_anchored_acts_from_the_others(store, run, tmp_path) -> None:
    file = tmp_path / "a.json"
    run("anchor", "-o", file)
    text = run("anchor", "--again").stdout.strip()
    result = run("verify", "--anchor", file, "--anchor", text)
    assert result.exit_code == 0
    assert result.stderr.splitlines()[2:] == [
        f"Acts 1 to 5 are as they were on 2024-03-01 11:00 (anchor {file}).",
        f"Acts 1 to 5 are as they were on 2024-03-01 11:00 (anchor {text[:40]}…).",
        (
            "Acts 6 to 6 are under none of these anchors: that nobody cut them off or wrote them "
            "anew, only an anchor made after them can tell."
        ),
    ]


def test_verify_names_a_log_that_was_cut(store, run, folder) -> None:
    text = run("anchor").stdout.strip().replace("/5/", "/50/")
    result = run("verify", "--anchor", text)
    assert result.exit_code == 7
    assert "the log was cut: it is shorter than at the anchor" in result.stdout


@pytest.mark.parametrize(
    ("given", "code"), [("FORMBOOK/1/AB", 6), ("nowhere.json", 2), ("formbook.db", 6), ("\0", 2)]
)
def test_what_is_no_anchor_is_said_to_be_none(store, run, given, code) -> None:
    result = run("verify", "--anchor", given)
    assert (result.exit_code, result.stdout) == (code, "")


def test_an_entry_is_proved_to_whoever_has_a_slip(store, run, tmp_path) -> None:
    run("seen", "1/1", "--on", "27/2/2024")
    slip = run("anchor").stdout.strip()
    file = tmp_path / "p.json"
    result = run("prove", 1, "-o", file)
    assert (result.exit_code, result.stdout) == (0, "")
    assert f"{file} proves entry 1. To check it: python {verify_one.__file__} {file}" in (
        result.stderr
    )
    said = "\n".join(verify_one._check(str(file), slip))
    assert "event 6: mark_settled, recorded 2024-03-01T04:00:00Z by 'Lan'" in said
    assert json.loads(run("prove", 1, "-o", file, "--force", "--json").stdout)["entry"] == 1


def test_a_log_is_proved_to_have_grown_to_whoever_has_two_slips(store, run, tmp_path) -> None:
    old, new = (run("anchor").stdout.strip() for _ in range(2))
    file = tmp_path / "g.json"
    result = run("prove", "--since", old, "-o", file)
    assert (result.exit_code, result.stdout) == (0, "")
    program = verify_growth.__file__
    assert f"{file} proves that the log grew. To check it: python {program} {file} OLD NEW" in (
        result.stderr
    )
    checked = subprocess.run(
        [sys.executable, "-I", program, file, old, new], capture_output=True, text=True, check=True
    )
    assert checked.stdout == "PROVED: the first 5 of 6 acts are those under the old slip\n"
    swapped = subprocess.run(
        [sys.executable, "-I", program, file, new, old], capture_output=True, text=True, check=False
    )
    assert (swapped.returncode, swapped.stdout) == (1, "")
    for wrong in ((), (1, "--since", old)):
        assert run("prove", "-o", file, "--force", *wrong).exit_code == 2


def test_a_proof_that_is_refused_leaves_no_file(store, run, tmp_path) -> None:
    file = tmp_path / "p.json"
    assert run("prove", 99, "-o", file).exit_code == 6
    assert run("prove", 1, "-o", file).exit_code == 6
    assert not file.exists()


def test_an_anchor_is_an_act_that_people_see_in_words(store, run) -> None:
    run("anchor")
    with Store(store.folder) as again:
        assert again.event(6).person == CLERK.name
        assert again.event(6).at > NOW.isoformat()[:19]
