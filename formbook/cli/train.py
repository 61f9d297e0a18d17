"""`formbook train`: the corrections of a register teach the recognizer its hands."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Annotated, Any

import typer

from formbook.cli import clock
from formbook.cli.language import say, tr
from formbook.cli.session import Session, writes
from formbook.errors import MissingToolError, _

if TYPE_CHECKING:
    from formbook.training.lesson import Lesson

_LONGEST_MIN = 600.0
_STEPS = 1000
_SETS = {
    "same_hands": _("held-back lines of the hands learned from"),
    "other_hands": _("lines of other hands"),
    "drawn": _("drawn lines"),
}


class LearningNotInstalledError(MissingToolError):
    """A plain install carries no PyTorch."""

    message = _(
        "Learning needs PyTorch and ONNX, which are not installed.\n"
        "Nothing was changed. Install them with: pip install 'formbook[train]'"
    )


def _minutes(value: str) -> float:
    try:
        minutes = float(value)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= _LONGEST_MIN:
        raise typer.BadParameter(
            say(_("{value} is not a number of minutes above 0, at most 600."), value=value)
        )
    return minutes


@writes(
    _(
        "Teach the recognizer the hands of this ward, from lines that people corrected.\n\n"
        "Some lines are held back. The new weights are kept only if they read those of the same "
        "hands better than before, and those of other hands and drawn lines at most half a "
        "character in a hundred worse; from then on `ingest` and `reread` read with them. Nothing "
        "leaves this machine. `formbook undo` goes back to the weights before."
    )
)
def train(
    session: Session,
    from_register: Annotated[
        bool,
        typer.Option("--from-register", help=_("Learn from the corrected lines of the register.")),
    ] = False,
    minutes: Annotated[
        float,
        typer.Option(metavar="N", parser=_minutes, help=_("How long to learn.")),
    ] = 20.0,
) -> None:
    if not from_register:
        raise typer.BadParameter(
            tr(_("Give --from-register: there is nothing else to learn from."))
        )
    if any(importlib.util.find_spec(name) is None for name in ("torch", "onnx")):
        raise LearningNotInstalledError
    from formbook.training.register import learn_from_register

    with session.acting() as (store, actor), session.out.progress(tr(_("Learning"))) as told:
        lesson = learn_from_register(
            store,
            by=actor,
            clock=clock.now,
            minutes=minutes,
            progress=lambda part: told(round(part * _STEPS), _STEPS),
        )
    _print(session, lesson)


def _print(session: Session, lesson: Lesson) -> None:
    rows: list[dict[str, Any]] = [
        {
            "set": name,
            "lines": lesson.held_back[name],
            "before": round(lesson.before[name], 4),
            "after": round(lesson.after[name], 4),
        }
        for name in _SETS
    ]
    if session.out.as_json:
        session.out.json(
            "train",
            learned=lesson.learned,
            kept=lesson.better,
            version=lesson.card["version"],
            measured=rows,
        )
    for row in rows:
        session.out.note(
            say(
                _("{lines} {what}: {before} of 100 characters wrong before, {after} after."),
                lines=row["lines"],
                what=tr(_SETS[row["set"]]),
                before=f"{100 * row['before']:.1f}",
                after=f"{100 * row['after']:.1f}",
            )
        )
    if lesson.better:
        message = _(
            "Learned from {n} lines. This register reads with weights {version} from now on; "
            "`formbook reread --all` reads the pages that it holds again."
        )
    else:
        message = _(
            "Learned from {n} lines, but the new weights are not better. They were not kept: the "
            "register reads as before."
        )
    session.out.note(say(message, n=lesson.learned, version=lesson.card["version"]))
