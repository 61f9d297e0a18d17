"""Make the weights file: `python -m formbook.training.to_onnx RUN/best.pt OUT.onnx --version 1`.

The network goes into ONNX with its weights in 16 bits, which ONNX Runtime widens as it loads, or,
given a shelf of lines, in 8, with which it computes. Beside it a card says which letters its
classes mean and what the file's SHA-256 is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from formbook.training.fit import restore
from formbook.training.network import HEIGHT, Block
from formbook.training.quantize import quantize
from formbook.training.shelf import read_shelf

_OPSET = 17
_EXAMPLES = 48
_LEAST_HALVED = 1024
"""Numbers in a tensor; smaller ones stay as they are."""


def export(
    checkpoint: Path,
    target: Path,
    *,
    version: str,
    softness: float = 1.0,
    examples: Sequence[NDArray[np.uint8]] = (),
) -> None:
    """Write the running mean of a training as an ONNX file with its card.

    Args:
        checkpoint: what `fit` saved.
        target: the ONNX file; its card gets the same name, ending in `.json`.
        version: what readings will name.
        softness: divides scores before they become confidences.
        examples: (H, W) uint8 cleaned lines; with these the weights get 8 bits, without 16.

    Source:
        PyTorch's own exporter; `quantize` and `halve` make the file smaller.
    """
    run = restore(checkpoint)
    network = run.mean.eval().to("cpu", memory_format=torch.contiguous_format)
    for part in network.modules():
        if isinstance(part, Block):
            part.stride_in_convolutions()
    buffer = BytesIO()
    example = torch.ones(2, 1, HEIGHT, 320)
    torch.onnx.export(
        network,
        (example,),
        buffer,
        dynamo=False,
        opset_version=_OPSET,
        input_names=["pictures"],
        output_names=["scores"],
        dynamic_axes={"pictures": {0: "lines", 3: "width"}, "scores": {0: "lines", 1: "columns"}},
    )
    model = onnx.load_from_string(buffer.getvalue())
    if examples:
        model = quantize(model, examples)
    else:
        halve(model)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    target.write_bytes(data)
    card = {
        "version": version,
        "sha256": hashlib.sha256(data).hexdigest(),
        "letters": run.letters,
        "softness": softness,
    }
    written = json.dumps(card, ensure_ascii=False, indent=1) + "\n"
    target.with_suffix(".json").write_text(written, encoding="utf-8")


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
    export(
        asked.checkpoint,
        asked.target,
        version=asked.version,
        softness=asked.softness,
        examples=[line.picture for line in lines[:: max(1, len(lines) // _EXAMPLES)]],
    )


if __name__ == "__main__":
    main()
