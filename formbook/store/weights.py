"""The weights that the ward itself taught: kept among the originals, made ready to read with."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from formbook.errors import StoreError, _
from formbook.store import Store
from formbook.store import folder as folders
from formbook.store.bag import sha256_of
from formbook.store.refusals import refusal_of_disk


class TaughtWeightsGoneError(StoreError):
    """The file of weights that the log names cannot be read."""

    message = _(
        "The weights that this ward taught cannot be read: {path}\n"
        "Nothing was changed. Bring the file back from a backup, or read with --recognizer "
        "tesseract; `formbook verify` names what else is missing."
    )


def weights_in_use(store: Store) -> Path | None:
    """The weights that the register learned last, with their card beside them.

    They lie in the register's cache, where they are put again if they are not whole there.

    Returns:
        An ONNX file; None where the register learned none, and those of the program read.

    Raises:
        TaughtWeightsGoneError: the kept weights are gone or damaged.
        RegisterFullError, RegisterReadOnlyError, RegisterDiskError: they cannot be put there.
    """
    kept = store.row(
        "select w.original, e.body ->> 'sha256' as sha256, json_extract(e.body, '$.card') as card"
        " from weights w join events e on e.seq = w.seq order by w.id desc limit 1"
    )
    if kept is None:
        return None
    original = store.original(kept["original"])
    ready = store.folder / folders.CACHE / "weights" / original.name
    _lay_out(store, ready.with_suffix(".json"), kept["card"].encode())
    if sha256_of(ready) != kept["sha256"]:
        try:
            content = original.read_bytes()
        except OSError as error:
            raise TaughtWeightsGoneError(path=original) from error
        if sha256(content).hexdigest() != kept["sha256"]:
            raise TaughtWeightsGoneError(path=original)
        _lay_out(store, ready, content)
    return ready


def _lay_out(store: Store, path: Path, content: bytes) -> None:
    try:
        if not path.exists() or path.read_bytes() != content:
            folders.write_whole(path, content)
    except OSError as error:
        raise refusal_of_disk(error, store.folder) from error
