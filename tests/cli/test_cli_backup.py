"""Backup and restore, as commands that a person or cron runs."""

from __future__ import annotations

import json

from formbook.store import Store

MADE = "formbook-{}-20240301T040000Z"


def test_a_backup_is_made_and_brought_back(store, folder, tmp_path, run):
    name = MADE.format(store.event(1).sha256[:8])
    out = run("backup", tmp_path / "disk", "--json")
    seq, head = store.head()
    assert out.exit_code == 0
    assert json.loads(out.stdout) == {
        "schema": "formbook/backup/1",
        "path": str(tmp_path / "disk" / name),
        "events": seq,
        "head": head,
        "originals": 2,
        "linked": 0,
        "same_disk": True,
    }
    assert out.stderr == (
        f"{tmp_path / 'disk' / name} is good: it was brought back and verified, 5 events and 2 "
        f"originals; the head is {head}.\n"
        f"{tmp_path / 'disk'} is on the disk of the register: what breaks that disk takes both. "
        "Back up to another one as well.\n"
    )
    back = run("restore", tmp_path / "disk" / name, tmp_path / "back", "--json")
    assert back.exit_code == 0
    assert json.loads(back.stdout) == {
        "schema": "formbook/restore/1",
        "folder": str(tmp_path / "back"),
        "events": seq,
        "head": head,
        "originals": 2,
        "findings": [],
    }
    assert back.stderr == (
        f"{tmp_path / 'back'} now holds 5 events and 2 originals; the head is {head}.\n"
    )
    with Store(tmp_path / "back") as restored:
        assert restored.head() == (seq, head)


def test_cron_hears_nothing_of_a_good_backup_but_that_it_is_on_the_same_disk(
    store, tmp_path, run, monkeypatch
):
    out = run("backup", tmp_path / "disk", "--quiet")
    assert (out.exit_code, out.stdout) == (0, "")
    assert out.stderr.count("\n") == 1


def test_cron_learns_by_the_exit_code_that_a_register_is_not_sound(store, folder, tmp_path, run):
    next(folder.glob("originals/*/*")).unlink()
    out = run("backup", tmp_path / "disk", "--quiet")
    assert (out.exit_code, out.stdout) == (7, "")
    assert out.stderr.startswith(
        f"Error: The copy in {tmp_path / 'disk'} was brought back and is not good: 1 findings.\n"
    )
    assert list((tmp_path / "disk").iterdir()) == []


def test_a_backup_inside_the_register_or_onto_a_file_is_refused(store, tmp_path, run):
    (tmp_path / "file").write_text("a")
    for place in ("backups", tmp_path / "file"):
        out = run("backup", place)
        assert out.exit_code == 6
        assert out.stderr.startswith("Error: ")


def test_a_damaged_backup_comes_back_only_when_asked_for(store, tmp_path, run):
    run("backup", tmp_path / "disk")
    (saved,) = (tmp_path / "disk").iterdir()
    next(saved.glob("data/originals/*/*")).write_bytes(b"eno")
    refused = run("restore", saved, tmp_path / "back")
    assert (refused.exit_code, refused.stdout) == (7, "")
    assert "is damaged: 1 of its files are missing, changed or strange" in refused.stderr
    back = run("restore", saved, tmp_path / "back", "--damaged", "--json")
    assert back.exit_code == 7
    assert [row["kind"] for row in json.loads(back.stdout)["findings"]] == ["original_changed"]
    assert back.stderr.endswith(
        f"Error: 1 findings in {tmp_path / 'back'}; each is listed above.\n"
    )


def test_a_bag_for_an_archive_is_made_of_the_whole_register(store, tmp_path, run):
    out = run("export", "bagit", tmp_path / "bag")
    assert (out.exit_code, out.stderr) == (0, f"{tmp_path / 'bag'} holds 3 entries.\n")
    assert run("export", "bagit").exit_code == 2
    assert run("export", "bagit", tmp_path / "bag").exit_code == 15
