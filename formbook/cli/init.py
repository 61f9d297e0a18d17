"""`formbook init`: make a register."""

from __future__ import annotations

import contextlib
import grp
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from formbook.cli import clock, config
from formbook.cli.language import say
from formbook.cli.options import WardAsOf, WardCode, filled
from formbook.cli.session import Session, reads
from formbook.errors import _


def _group(value: str) -> int:
    """Read the name of a group of this machine that this account is in."""
    try:
        group = grp.getgrnam(value).gr_gid
    except KeyError as error:
        message = say(_("This machine has no group {value}."), value=value)
        raise typer.BadParameter(message) from error
    if os.geteuid() and group not in (os.getegid(), *os.getgroups()):
        message = say(_("This account is not in the group {value}."), value=value)
        raise typer.BadParameter(message)
    return group


@reads(
    _(
        "Make a register in the current folder, or in the one that --register names.\n\n"
        "Whose account this is becomes the register's first clerk; `formbook people` adds "
        "others. Names and codes of wards have changed: the code 00160 meant Nghĩa Tân until "
        "30/6/2025 and means Nghĩa Đô since. So the register keeps name, code and the day "
        "that they are as of."
    )
)
def init(
    session: Session,
    ward: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            parser=filled,
            help=_("The ward, by its name on the day of --ward-as-of."),
        ),
    ],
    ward_code: WardCode = None,
    ward_as_of: WardAsOf = None,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="PERSON", parser=filled, help=_("Your name; otherwise that of your account.")
        ),
    ] = None,
    group: Annotated[
        int | None,
        typer.Option(
            metavar="GROUP",
            parser=_group,
            help=_(
                "The group of this machine whose people, each with an account, share the "
                "register; otherwise it is yours alone."
            ),
        ),
    ] = None,
) -> None:
    from formbook.office import create_register
    from formbook.store import folder as folders

    account = clock.account()
    with (
        _all_or_nothing(session.folder),
        create_register(
            session.folder,
            ward=ward,
            ward_code=ward_code,
            ward_as_of=(ward_as_of or clock.today()).isoformat(),
            person=name or account,
            account=account,
            now=clock.now(),
            group=group,
        ) as store,
    ):
        settings = session.folder / config.FILE
        if not settings.exists():
            with folders.private(settings) as file:
                file.write(config.TEMPLATE.encode())
        event = store.event(1)
    if event is not None:  # pragma: no branch - the making is always the first event
        session.out.event(
            event,
            say(
                _("The register of {ward} is in {folder}; {person} is its first clerk."),
                ward=ward,
                folder=session.folder.resolve(),
                person=event.person,
            ),
        )
        session.out.note(
            say(
                _(
                    "Next: `formbook people --add NAME --role chairman` for the chairman, then "
                    "`formbook ingest PATH` for the scans."
                )
            )
        )


@contextlib.contextmanager
def _all_or_nothing(folder: Path) -> Iterator[None]:
    """Remove what was made in a folder, and the folder if it was, unless all went well.

    Where a register is there already, or is being made by somebody else, nothing was made.
    """
    from formbook.store import folder as folders
    from formbook.store.refusals import RegisterExistsError, RegisterLockedError

    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    ours = [folder / name for name in (folders.ORIGINALS, folders.CACHE, config.FILE)]
    ours += [folder / f"{folders.DATABASE}{ending}" for ending in ("", "-wal", "-shm")]
    absent = [each for each in ours if not each.exists()]
    try:
        yield
    except (RegisterExistsError, RegisterLockedError):
        raise
    except BaseException:
        for made in absent:
            if made.is_dir():
                shutil.rmtree(made)
            else:
                made.unlink(missing_ok=True)
        for made in missing:
            with contextlib.suppress(OSError):
                made.rmdir()
        raise
