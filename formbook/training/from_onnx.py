"""The network out of a weights file, so that the weights that read can go on learning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from formbook.recognize.card import read_card
from formbook.training.network import Start

Values = Mapping[str, NDArray[Any]]


def load_weights(weights: Path) -> tuple[Start, str]:
    """Read what `to_onnx` wrote, in 8 bits or more, back into the network.

    Args:
        weights: an ONNX file with a card of the same name, ending in `.json`.

    Returns:
        The network, and its letters in the order of its classes from 1 on.

    Raises:
        WeightsMissingError: it has no card.
        WeightsDamagedError: its card is unreadable.
        RuntimeError: the file does not hold all of the network's weights.
    """
    letters: str = read_card(weights)["letters"]
    graph = onnx.load(str(weights)).graph
    values = _floats(graph)
    network = Start(len(letters) + 1)
    found: dict[str, NDArray[Any] | None] = {}
    recurrent = 0
    for node in graph.node:
        constants = [values.get(name) for name in node.input]
        module = _module(node.name)
        if "LSTM" in node.op_type:
            found |= in_layer(recurrent, *_gates_of(node, values))
            recurrent += 1
        elif node.op_type in ("Conv", "LayerNormalization"):
            found |= {f"{module}.weight": constants[1], f"{module}.bias": constants[2]}
        elif node.op_type == "MatMul" and constants[1] is not None:
            found[f"{module}.weight"] = constants[1].T
        elif node.op_type == "Add":
            found |= {f"{module}.bias": each for each in constants if each is not None}
    wanted = network.state_dict()
    network.load_state_dict(
        {name: torch.tensor(np.array(a)) for name, a in found.items() if name in wanted}
    )
    return network.eval(), letters


def _floats(graph: Any) -> Values:
    """All constants by name, those in 8 or 16 bits as floating numbers."""
    stored = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}
    values: dict[str, NDArray[Any]] = dict(stored)
    for node in graph.node:
        if node.op_type in ("Cast", "Identity") and node.input[0] in values:
            values[node.output[0]] = values[node.input[0]].astype(np.float32)
        elif node.op_type == "DequantizeLinear" and node.input[0] in stored:
            axis = next((each.i for each in node.attribute if each.name == "axis"), 1)
            whole, scale = stored[node.input[0]], stored[node.input[1]]
            zero = stored[node.input[2]] if len(node.input) > 2 else np.zeros_like(scale)
            shape = [-1 if at == axis else 1 for at in range(whole.ndim)]
            spread = (scale.reshape(shape), zero.reshape(shape)) if scale.ndim else (scale, zero)
            floats = (whole.astype(np.float32) - spread[1].astype(np.float32)) * spread[0]
            values[node.output[0]] = floats
    return values


def _module(node: str) -> str:
    """From "/blocks/blocks.0/weigh/squeeze/MatMul" to "blocks.0.weigh.squeeze"."""
    parts = node.strip("/").split("/")[:-1]
    kept = [
        part
        for part, after in zip(parts, [*parts[1:], ""], strict=False)
        if not after.startswith(f"{part}.")
    ]
    return ".".join(kept)


def _gates_of(node: Any, values: Values) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """The weights of a recurrent node, (ways, 4 * units, in) and so on, and its biases."""
    weight, recurrent, bias = (values[name] for name in node.input[1:4])
    if node.op_type == "DynamicQuantizeLSTM":
        scales = [values[name] for name in node.input[8:12]]
        weight, recurrent = (
            np.swapaxes((w.astype(np.float32) - _beside(zero)) * _beside(scale), 1, 2)
            for w, scale, zero in ((weight, *scales[:2]), (recurrent, *scales[2:]))
        )
    return weight, recurrent, bias


def _beside(numbers: NDArray[Any]) -> NDArray[np.float32]:
    """(ways, 4 * units) or (ways,) to what broadcasts over (ways, in, 4 * units)."""
    spread = numbers[:, None, :] if numbers.ndim > 1 else numbers.reshape(-1, 1, 1)
    return spread.astype(np.float32)


def in_layer(
    layer: int, weight: NDArray[Any], recurrent: NDArray[Any], bias: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    """Name the weights of a recurrent layer as `Start` does, in PyTorch's order of gates.

    Args:
        layer: which, from 0 on.
        weight: (2, 4U, I) of any dtype, forward and backward, of U units.
        recurrent: (2, 4U, U).
        bias: (2, 8U), of both.

    Returns:
        Four arrays for each of the two ways.

    Source:
        ONNX's operator LSTM; PyTorch's torch.nn.LSTM.
    """
    found = {}
    half = bias.shape[1] // 2
    for way, ending in enumerate(("", "_reverse")):
        found[f"recur.weight_ih_l{layer}{ending}"] = _in_gates(weight[way])
        found[f"recur.weight_hh_l{layer}{ending}"] = _in_gates(recurrent[way])
        found[f"recur.bias_ih_l{layer}{ending}"] = _in_gates(bias[way][:half])
        found[f"recur.bias_hh_l{layer}{ending}"] = _in_gates(bias[way][half:])
    return found


def _in_gates(array: NDArray[Any]) -> NDArray[Any]:
    """From ONNX's order of gates (input, output, forget, cell) to PyTorch's (i, f, g, o)."""
    into, out, forget, cell = np.split(array, 4)
    return np.concatenate([into, forget, cell, out])
