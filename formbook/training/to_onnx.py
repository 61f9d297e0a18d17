"""Make the weights file: `python -m formbook.training.to_onnx RUN/best.pt OUT.onnx --version 1`.

The network goes into ONNX with its weights in 16 bits, which ONNX Runtime widens as it loads, or,
given a shelf of lines, in 8, with which it computes. Beside it a card says which letters its
classes mean and what the file's SHA-256 is.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from torch import nn

from formbook.recognize.card import write_card
from formbook.training.fit import restore
from formbook.training.network import HEIGHT, Block
from formbook.training.quantize import quantize
from formbook.training.shelf import read_shelf

_OPSET = 17
_EXAMPLES = 48
"""Lines, or a few more, that show how large the numbers get."""
_LEAST_HALVED = 1024
"""Numbers in a tensor; smaller ones stay as they are."""


def make_weights(
    network: nn.Module,
    letters: str,
    *,
    version: str,
    softness: float = 1.0,
    examples: Sequence[NDArray[np.uint8]] = (),
) -> tuple[bytes, dict[str, Any]]:
    """Put a network into ONNX.

    Args:
        network: as trained.
        letters: in the order of its classes from 1 on.
        version: what readings will name.
        softness: divides scores before they become confidences.
        examples: (H, W) uint8 cleaned lines; with these, of which some are enough, the weights
            get 8 bits, without 16.

    Returns:
        The file's bytes, and what its card says.

    Source:
        PyTorch's own exporter; `quantize` and `halve` make the file smaller.
    """
    network = network.eval().to("cpu", memory_format=torch.contiguous_format)
    for part in network.modules():
        if isinstance(part, Block):
            part.stride_in_convolutions()
    buffer = BytesIO()
    example = torch.ones(2, 1, HEIGHT, 320)
    with _quietly():
        torch.onnx.export(
            network,
            (example,),
            buffer,
            dynamo=False,
            opset_version=_OPSET,
            input_names=["pictures"],
            output_names=["scores"],
            dynamic_axes={
                "pictures": {0: "lines", 3: "width"},
                "scores": {0: "lines", 1: "columns"},
            },
        )
        model = onnx.load_from_string(buffer.getvalue())
        if examples:
            model = quantize(model, examples[:: max(1, len(examples) // _EXAMPLES)])
        else:
            halve(model)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    return data, {
        "version": version,
        "sha256": hashlib.sha256(data).hexdigest(),
        "letters": letters,
        "softness": softness,
    }


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep to themselves what exporter and quantizer say to those who build networks."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def write_weights(target: Path, data: bytes, card: Mapping[str, Any]) -> None:
    """Write a weights file, and beside it its card, of the same name ending in `.json`."""
    target.write_bytes(data)
    write_card(target, card)


def halve(model: onnx.ModelProto) -> None:
    """Keep large tensors in half precision, and widen them where they are used."""
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != onnx.TensorProto.FLOAT or values.size < _LEAST_HALVED:
            continue
        name = tensor.name
        small = numpy_helper.from_array(values.astype(np.float16), f"{name}.half")
        tensor.CopyFrom(small)
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    for place, cast in enumerate(casts):
        graph.node.insert(place, cast)


def main() -> None:
    """Write the file that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--softness", type=float, default=1.0)
    parser.add_argument("--shelf", type=Path, help="lines to find the range of 8 bits with")
    asked = parser.parse_args()
    lines = read_shelf(asked.shelf) if asked.shelf else []
    run = restore(asked.checkpoint)
    data, card = make_weights(
        run.mean,
        run.letters,
        version=asked.version,
        softness=asked.softness,
        examples=[line.picture for line in lines],
    )
    write_weights(asked.target, data, card)


if __name__ == "__main__":
    main()
