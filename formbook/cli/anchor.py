"""`formbook anchor`: the head of the log, to be kept where nobody can change it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from formbook.cli import clock, output
from formbook.cli.language import say, tr
from formbook.cli.session import Session, writes
from formbook.errors import FormbookError, _

if TYPE_CHECKING:
    from formbook.anchor import Made
    from formbook.proof.time_stamp import TimeStampServerError

_FORMS = (".png", ".pdf", ".json")


class AnchorNotWrittenError(FormbookError):
    """The anchor is made; what it was to be written on is not."""

    message = _(
        "{path} could not be written: {reason}.\n"
        "The anchor stands in the log all the same. Write it down with `formbook anchor --again -o "
        "FILE`, in a folder that exists, that this account may write to and that has room."
    )


def _target(value: str) -> Path:
    path = Path(value)
    if path.suffix.lower() not in _FORMS:
        raise typer.BadParameter(
            say(_("{value} ends in none of: {known}."), value=value, known=", ".join(_FORMS))
        )
    return path


@writes(
    _(
        "Take the head of the log, sign it if you have a key, and note it in the log.\n\n"
        "Print the slip (.png, .pdf) and glue it into the paper notebook, or keep the file (.json) "
        "on another disk; on a terminal the QR code is shown as well. Later `formbook verify "
        "--anchor` tells whether the log was cut or written anew since. Where the settings name a "
        "time_stamp_url, the file is stamped by that server (RFC 3161)."
    )
)
def anchor(
    session: Session,
    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            parser=_target,
            help=_("Write a slip (.png, .pdf) or a file (.json); can be given several times."),
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help=_("Write down the last anchor once more; make none."))
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help=_("Replace files that are there."))
    ] = False,
) -> None:
    from formbook.export.target import ExportNotWrittenError, whole_file

    targets = files or []
    made = None
    try:
        with contextlib.ExitStack() as stack:
            streams = [
                (path, stack.enter_context(whole_file(path, force=force))) for path in targets
            ]
            made = _made(session, again=again)
            stamped, failed = _stamped(session, made, targets)
            for path, stream in streams:
                stream.write(_content(path, stamped))
    except ExportNotWrittenError as error:
        if made is None or again:
            raise
        raise AnchorNotWrittenError(
            path=error.fields["path"], reason=error.fields["reason"]
        ) from error
    _show(session, stamped, targets)
    if failed is not None:
        raise failed


def _made(session: Session, *, again: bool) -> Made:
    from formbook.anchor import last_anchor, make_anchor

    if again:
        with session.store() as store:
            return last_anchor(store)
    with session.acting() as (store, actor):
        return make_anchor(store, by=actor, now=clock.now())


def _stamped(
    session: Session, made: Made, targets: list[Path]
) -> tuple[Made, TimeStampServerError | None]:
    """The anchor with its time stamp, where a file can hold one and a server gives it."""
    from formbook.proof.time_stamp import TimeStampServerError, fetch

    url = session.settings.time_stamp_url
    if url is None or all(path.suffix.lower() != ".json" for path in targets):
        return made, None
    try:
        stamp = fetch(url, made.anchor.text)
    except TimeStampServerError as error:
        return made, error
    return replace(made, anchor=replace(made.anchor, time_stamp=stamp)), None


def _content(path: Path, made: Made) -> bytes:
    from formbook.proof import slip

    if path.suffix.lower() == ".json":
        return made.anchor.as_file()
    draw: Callable[..., bytes] = slip.pdf if path.suffix.lower() == ".pdf" else slip.png
    return draw(
        made.anchor.text, tr(_("Anchor of the suggestion notebook's register")), _words(made)
    )


def _words(made: Made) -> list[str]:
    """What stands below the QR code of a slip."""
    from formbook.proof.keys import in_groups

    anchor = made.anchor
    signed = tr(_("Not signed with any key"))
    if anchor.key is not None:
        signed = say(
            _("Signed by {person}, key {key} …"),
            person=made.person,
            key=in_groups(anchor.key, short=True),
        )
    return [
        made.ward,
        say(_("Acts 1 to {size}, {at}"), size=anchor.size, at=clock.shown(anchor.at)),
        signed,
        say(_("Root: {root}"), root=in_groups(anchor.root)),
        tr(_("To check: formbook verify --anchor with the text of this code")),
    ]


def _show(session: Session, made: Made, files: list[Path]) -> None:
    anchor = made.anchor
    if session.out.as_json:
        session.out.json(
            "anchor",
            **{name: value for name, value in anchor.statement.items() if name != "schema"},
            signature=anchor.signature,
            text=anchor.text,
            files=[str(path) for path in files],
        )
    elif output.is_terminal(sys.stdout):
        from formbook.proof import slip

        for line in slip.in_terminal(anchor.text):
            output.console().print(line, style="white on black")
        for words in (*_words(made), anchor.text):
            session.out.text(words)
    else:
        session.out.text(anchor.text)
    for path in files:
        session.out.note(say(_("{file} is written."), file=path))
    session.out.note(
        say(
            _("Acts 1 to {size} are anchored. Keep the anchor where nobody can change it."),
            size=anchor.size,
        )
    )
