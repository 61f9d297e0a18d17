"""Train a network: `python -m formbook.training.fit --run DIR --shelf DIR --minutes 60`.

`--resume` goes on from the run's last checkpoint, on a CPU or a GPU, towards the `--minutes` of
training in all. The run's folder holds `last.pt` (to resume), `best.pt` (to make an ONNX file
from), and `log.jsonl`. The rate falls along half a cosine of the time spent, and the weights that
count are the running mean of those trained.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from formbook.recognize.picture import fit
from formbook.training.asterocr import load_start
from formbook.training.augment import look_at
from formbook.training.network import COLUMNS, Own, Start
from formbook.training.render import read_photos
from formbook.training.scoring import share_wrong
from formbook.training.shelf import ShelvedLine, read_shelf

SHARES = {
    "written": 0.27,
    "composed": 0.15,
    "numbers": 0.26,
    "font": 0.04,
    "kalapa": 0.14,
    "cinnamon": 0.14,
}
MORE_LETTERS = "₫"
_WARM_UP = 0.03
_MEAN_OVER = 400
_POOL = 64
_CLIP = 2.0


@dataclass(slots=True)
class Run:
    """A training as it stands."""

    network: nn.Module
    mean: nn.Module
    optimizer: torch.optim.Optimizer
    letters: str
    kind: str
    step: int = 0
    lines: int = 0
    minutes: float = 0.0
    best: float = 1.0


def begin(kind: str, start: Path | None, letters: str | None) -> Run:
    """Set up a training: `start` from asterocr's folder, or `own` from nothing.

    Raises:
        ValueError: a start needs its folder, a network of our own its letters.
    """
    torch.manual_seed(0)
    if kind == "start":
        if start is None:
            raise ValueError("a folder with asternet.onnx and vocab.json is needed")
        network, known = load_start(start / "asternet.onnx", start / "vocab.json")
        letters = known + MORE_LETTERS
        network.classify = _grow(network.classify, len(letters) + 1)
    else:
        if letters is None:
            raise ValueError("letters are needed")
        network = Own(len(letters) + 1)
    return assemble(network, letters, kind)


def assemble(network: nn.Module, letters: str, kind: str) -> Run:
    """Set up a training that goes on with a network."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = network.to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.01)
    return Run(network, deepcopy(network).eval(), optimizer, letters, kind)


def _grow(layer: nn.Linear, classes: int) -> nn.Linear:
    """Add classes that a network did not know; at first they never win."""
    grown = nn.Linear(layer.in_features, classes)
    with torch.no_grad():
        grown.weight.zero_()
        grown.bias.fill_(-8)
        grown.weight[: layer.out_features] = layer.weight
        grown.bias[: layer.out_features] = layer.bias
    return grown


def draw_batches(
    lines: Sequence[ShelvedLine],
    rng: np.random.Generator,
    size: int,
    shares_of: Mapping[str, float] = SHARES,
) -> Iterator[tuple[Tensor, list[str]]]:
    """Draw batches for ever, of lines of like width, each kind in its share."""
    by_kind = {kind: [i for i, line in enumerate(lines) if line.kind == kind] for kind in shares_of}
    kinds = [kind for kind, found in by_kind.items() if found]
    shares = np.array([shares_of[kind] for kind in kinds])
    shares /= shares.sum()
    waiting: dict[str, list[int]] = {kind: [] for kind in kinds}
    while True:
        drawn = []
        for _ in range(_POOL * size // 8):
            kind = kinds[int(rng.choice(len(kinds), p=shares))]
            waiting[kind] = waiting[kind] or list(rng.permutation(by_kind[kind]))
            line = lines[waiting[kind].pop()]
            drawn.append((look_at(line.picture, line.text, rng), line.text))
        drawn.sort(key=lambda pair: pair[0].shape[1])
        batches = [drawn[i : i + size] for i in range(0, len(drawn), size)]
        for index in rng.permutation(len(batches)):
            batch = batches[index]
            yield stack([picture for picture, _ in batch]), [text for _, text in batch]


def stack(pictures: Sequence[NDArray[np.float32]]) -> Tensor:
    """Put (HEIGHT, W) float32 pictures into one (B, 1, HEIGHT, widest), filled up with paper.

    Source:
        Own method.
    """
    widest = max(picture.shape[1] for picture in pictures)
    padded = [np.pad(p, ((0, 0), (0, widest - p.shape[1])), constant_values=1) for p in pictures]
    return torch.from_numpy(np.stack(padded)[:, None])


def learn(run: Run, pictures: Tensor, texts: Sequence[str], rate: float) -> float:
    """Take one step, and return the loss a letter."""
    places = {letter: index for index, letter in enumerate(run.letters, 1)}
    targets = [[places[letter] for letter in text] for text in texts]
    lengths = torch.tensor([len(target) for target in targets])
    device = next(run.network.parameters()).device
    for group in run.optimizer.param_groups:
        group["lr"] = rate
    with torch.autocast(device.type, torch.bfloat16):
        scores = run.network(pictures.to(device, memory_format=torch.channels_last))
    chances = scores.float().log_softmax(2).transpose(0, 1)
    steps = torch.full((len(texts),), pictures.shape[3] // COLUMNS)
    flat = torch.tensor([index for target in targets for index in target])
    loss = nn.functional.ctc_loss(
        chances, flat.to(device), steps, lengths, reduction="sum", zero_infinity=True
    )
    loss = loss / lengths.sum()
    run.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(run.network.parameters(), _CLIP)
    run.optimizer.step()
    keep = min(1 - 1 / _MEAN_OVER, (1 + run.step) / (10 + run.step))
    with torch.no_grad():
        for mean, now in zip(
            run.mean.state_dict().values(), run.network.state_dict().values(), strict=True
        ):
            if mean.is_floating_point():
                mean.lerp_(now, 1 - keep)
            else:
                mean.copy_(now)
    run.step += 1
    run.lines += len(texts)
    return float(loss.detach())


def rate_at(part: float, highest: float) -> float:
    """Return how fast to learn once a part, 0 to 1, of the time is spent."""
    return highest * min(part / _WARM_UP + 0.02, 0.5 + 0.5 * float(np.cos(np.pi * part)), 1)


def read(network: nn.Module, letters: str, lines: Sequence[NDArray[np.uint8]]) -> list[str]:
    """Read (H, W) uint8 cleaned lines, each by itself, taking the best letter of each column.

    Source:
        Graves et al.: Connectionist Temporal Classification, ICML 2006, section 3.2.
    """
    device = next(network.parameters()).device
    texts = []
    with torch.no_grad():
        for line in lines:
            picture = torch.from_numpy(fit(line)[None, None]).to(device)
            with torch.autocast(device.type, torch.bfloat16):
                best = network(picture)[0].argmax(dim=1).tolist()
            kept = [now for now, before in zip(best, [0, *best], strict=False) if now != before]
            texts.append("".join(letters[index - 1] for index in kept if index))
    return texts


def check(run: Run, held_back: dict[str, list[ShelvedLine]]) -> dict[str, float]:
    """Return the share of wrong characters in each set, in lower case."""
    errors = {}
    for name, lines in held_back.items():
        texts = read(run.mean, run.letters, [line.picture for line in lines])
        errors[name] = share_wrong(
            (line.text.lower(), text.lower()) for line, text in zip(lines, texts, strict=True)
        )
    return errors


def save(run: Run, path: Path) -> None:
    """Write all that a resumed training needs, whole or not at all."""
    state: dict[str, Any] = {
        "network": run.network.state_dict(),
        "mean": run.mean.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "letters": run.letters,
        "kind": run.kind,
        "counts": (run.step, run.lines, run.minutes, run.best),
    }
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def restore(path: Path) -> Run:
    """Read a training as it was saved."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    classes = len(state["letters"]) + 1
    network: nn.Module = Start(classes) if state["kind"] == "start" else Own(classes)
    run = assemble(network, state["letters"], state["kind"])
    run.network.load_state_dict(state["network"])
    run.mean.load_state_dict(state["mean"])
    run.optimizer.load_state_dict(state["optimizer"])
    run.step, run.lines, run.minutes, run.best = state["counts"]
    return run


def hold_back(folder: Path, each: int) -> dict[str, list[ShelvedLine]]:
    """Read some lines of each set of other writers, evenly spread."""
    sets: dict[str, list[ShelvedLine]] = {}
    for picture, text, kind in read_photos(folder):
        sets.setdefault(kind, []).append(ShelvedLine(picture, text, kind))
    return {kind: lines[:: max(1, len(lines) // each)] for kind, lines in sets.items()}


def main() -> None:
    """Train for so many minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--shelf", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--network", choices=("start", "own"), default="start")
    parser.add_argument("--start", type=Path, help="folder with asternet.onnx and vocab.json")
    parser.add_argument("--letters", help="for a network of our own; else those of the start")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--check-every", type=float, default=10, help="minutes")
    parser.add_argument("--fix", type=int, default=0, help="blocks of a start left as they are")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    asked = parser.parse_args()
    if asked.threads:
        torch.set_num_threads(asked.threads)
    asked.run.mkdir(parents=True, exist_ok=True)
    last = asked.run / "last.pt"
    run = restore(last) if asked.resume else begin(asked.network, asked.start, asked.letters)
    if isinstance(run.network, Start):
        run.network.fix(asked.fix)
    held_back = hold_back(asked.data / "lines" / "valid", 40)
    train(run, asked, held_back)


def train(run: Run, asked: argparse.Namespace, held_back: dict[str, list[ShelvedLine]]) -> None:
    """Go on until the minutes are spent, checking and saving on the way."""
    losses: list[float] = []
    began, spent = time.monotonic(), run.minutes
    checked = run.minutes
    batches: Iterator[tuple[Tensor, list[str]]] = iter(())
    while run.minutes < asked.minutes:
        batch = next(batches, None)
        if batch is None or run.minutes - checked >= asked.check_every:
            lines = [line for line in read_shelf(asked.shelf) if set(line.text) <= set(run.letters)]
            batches = draw_batches(lines, np.random.default_rng(run.step), asked.batch)
            batch = next(batches)
        rate = rate_at(run.minutes / asked.minutes, asked.rate)
        losses.append(learn(run, *batch, rate))
        run.minutes = spent + (time.monotonic() - began) / 60
        if run.minutes - checked >= asked.check_every or run.minutes >= asked.minutes:
            checked = run.minutes
            errors = check(run, held_back)
            _log(asked.run, run, losses, errors)
            losses = []
            save(run, asked.run / "last.pt")
            if (mean := float(np.mean(list(errors.values())))) < run.best:
                run.best = mean
                save(run, asked.run / "best.pt")
            batches = iter(())


def _log(folder: Path, run: Run, losses: Sequence[float], errors: dict[str, float]) -> None:
    row = {
        "step": run.step,
        "lines": run.lines,
        "minutes": round(run.minutes, 1),
        "loss": round(float(np.mean(losses)), 4),
        **{name: round(error, 4) for name, error in errors.items()},
    }
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
