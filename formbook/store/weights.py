"""The weights that the ward itself taught: kept among the originals, made ready to read with."""

from __future__ import annotations

from pathlib import Path

from formbook.errors import StoreError, _
from formbook.store import Store
from formbook.store import folder as folders


class TaughtWeightsGoneError(StoreError):
    """The file of weights that the log names cannot be read."""

    message = _(
        "The weights that this ward taught cannot be read: {path}\n"
        "Nothing was changed. Bring the file back from a backup, or read with --recognizer "
        "tesseract; `formbook verify` names what else is missing."
    )


def weights_in_use(store: Store) -> Path | None:
    """The weights that the register learned last, with their card beside them.

    They lie in the register's cache, where they are put again if they are gone from there.

    Returns:
        An ONNX file; None where the register learned none, and those of the program read.

    Raises:
        TaughtWeightsGoneError: the kept weights are gone.
    """
    kept = store.row(
        "select w.original, json_extract(e.body, '$.card') as card"
        " from weights w join events e on e.seq = w.seq order by w.id desc limit 1"
    )
    if kept is None:
        return None
    original = store.original(kept["original"])
    ready = store.folder / folders.CACHE / "weights" / original.name
    card = ready.with_suffix(".json")
    if not (ready.exists() and card.exists()):
        try:
            content = original.read_bytes()
        except OSError as error:
            raise TaughtWeightsGoneError(path=original) from error
        folders.write_cache(ready, content)
        folders.write_cache(card, kept["card"].encode())
    return ready
