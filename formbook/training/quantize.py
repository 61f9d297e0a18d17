"""Whole numbers in place of floating ones: a smaller weights file that reads faster.

Weights have seven bits and a sign, so that sums of products fit into 16 bits, and a processor
without the newer instructions computes the same as one with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from formbook.recognize.picture import fit

_KINDS = ["Conv", "MatMul", "Gemm", "Mul", "Add", "Sigmoid", "GlobalAveragePool"]
_WHOLE = ("pictures", "classify")
"""Where the picture comes in and the scores go out, numbers stay as they are."""


class _Examples(CalibrationDataReader):
    """Hands out one picture after another."""

    def __init__(self, lines: Sequence[NDArray[np.uint8]]) -> None:
        self._pictures: Iterator[NDArray[np.float32]] = (fit(line)[None, None] for line in lines)

    def get_next(self) -> dict[str, Any] | None:
        """Return the next picture under the name of the network's input."""
        picture = next(self._pictures, None)
        return None if picture is None else {"pictures": picture}


def quantize(model: onnx.ModelProto, examples: Sequence[NDArray[np.uint8]]) -> onnx.ModelProto:
    """Turn convolutions, products and recurrent layers to 8 bits.

    Args:
        model: with its weights in single precision.
        examples: (H, W) uint8 cleaned lines, which show how large the numbers get.

    Returns:
        A new model, which takes and gives the same.

    Source:
        Own choice of ONNX Runtime's ways; the loss is measured in RUNS.md.
    """
    with TemporaryDirectory() as folder:
        steps = [Path(folder) / f"{step}.onnx" for step in ("whole", "ready", "static", "all")]
        whole, ready, static, done = steps
        onnx.save(model, str(whole))
        quant_pre_process(whole, ready, skip_symbolic_shape=True)
        nodes = onnx.load(str(ready)).graph.node
        kept = [n.name for n in nodes if any(w in n.name or w in n.input for w in _WHOLE)]
        quantize_static(
            ready,
            static,
            _Examples(examples),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=_KINDS,
            nodes_to_exclude=kept,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        quantize_dynamic(
            static,
            done,
            op_types_to_quantize=["LSTM"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
        return onnx.load(str(done))
