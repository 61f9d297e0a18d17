"""The weights that the ward itself taught: kept among the originals, made ready to read with."""

from __future__ import annotations

from pathlib import Path

from formbook.store import Store
from formbook.store import folder as folders


def weights_in_use(store: Store) -> Path | None:
    """The weights that the register learned last, with their card beside them.

    They lie in the register's cache, where they are put again if they are gone from there.

    Returns:
        An ONNX file; None where the register learned none, and those of the program read.

    Raises:
        OSError: the cache cannot be written, or the kept weights are gone.
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
        ready.parent.mkdir(parents=True, exist_ok=True)
        for path, content in ((ready, original.read_bytes()), (card, kept["card"].encode())):
            part = path.with_suffix(path.suffix + folders.part_suffix())
            with folders.private(part) as file:
                file.write(content)
            part.replace(path)
    return ready
