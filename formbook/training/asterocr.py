"""Weights of asterocr 1.0.2 as a start: its ONNX file, as published, into our own `Start`.

Only `asterocr/assets/asternet.onnx` and `vocab.json` of the wheel are read; none of its code runs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from formbook.training.from_onnx import in_layer
from formbook.training.network import Block, Start

Arrays = dict[str, NDArray[Any]]


def load_start(model: Path, vocabulary: Path) -> tuple[Start, str]:
    """Read the published network.

    Args:
        model: `asternet.onnx`.
        vocabulary: `vocab.json`, whose first entry is the blank.

    Returns:
        The network, and its letters in the order of its classes from 1 on.

    Raises:
        ValueError: the file does not hold the network that it should.
    """
    letters = "".join(json.loads(vocabulary.read_text("utf-8"))["chars"][1:])
    graph = onnx.load(str(model)).graph
    arrays = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}
    network = Start(len(letters) + 1)
    _fill(network, _collect(graph, arrays), arrays)
    return network.eval(), letters


def _collect(graph: Any, arrays: Arrays) -> dict[str, list[list[NDArray[Any]]]]:
    """Return the constant inputs of the nodes of each kind, in the order of the graph."""
    found: dict[str, list[list[NDArray[Any]]]] = {"Conv": [], "MatMul": [], "LSTM": []}
    for node in graph.node:
        constants = [arrays[name] for name in node.input if name in arrays]
        if node.op_type in found and constants:
            found[node.op_type].append(constants)
    return found


def _fill(network: Start, nodes: dict[str, list[list[NDArray[Any]]]], arrays: Arrays) -> None:
    convolutions, products = iter(nodes["Conv"]), iter(nodes["MatMul"])
    weights: dict[str, NDArray[Any]] = {}

    def put(name: str, weight: NDArray[Any], bias: NDArray[Any] | None = None) -> None:
        weights[f"{name}.weight"] = weight
        if bias is not None:
            weights[f"{name}.bias"] = bias

    look, look_bias = next(convolutions)
    (laplacian,) = next(convolutions)
    edges, edges_bias = next(convolutions)
    gamma = arrays["backbone.stem.gamma"]
    put("look", look.sum(axis=1, keepdims=True), look_bias)
    put("edges", gamma * edges.sum(axis=1, keepdims=True) * laplacian[:1], gamma * edges_bias)
    for index, block in enumerate(network.blocks):
        if not isinstance(block, Block):
            raise TypeError(f"block {index}")
        name = f"blocks.{index}"
        parts = ["widen", "depth", "mix"]
        if not isinstance(block.shortcut, torch.nn.Identity):
            parts.insert(0, "shortcut")
        for part in parts:
            put(f"{name}.{part}", *next(convolutions))
        for part in ("squeeze", "excite"):
            put(f"{name}.weigh.{part}", next(products)[0].T)
    put("flatten", *next(convolutions))
    for index, node in enumerate(nodes["LSTM"]):
        weights |= in_layer(index, *node[:3])
    for index in range(2):
        theirs, ours = f"language_head.transformer.layers.{index}", f"attend.{index}"
        put(f"{ours}.project", next(products)[0].T, arrays[f"{theirs}.self_attn.in_proj_bias"])
        attention = f"{theirs}.self_attn.out_proj"
        put(f"{ours}.out", arrays[f"{attention}.weight"], arrays[f"{attention}.bias"])
        put(f"{ours}.up", next(products)[0].T, arrays[f"{theirs}.linear1.bias"])
        put(f"{ours}.down", next(products)[0].T, arrays[f"{theirs}.linear2.bias"])
        for part in ("norm1", "norm2"):
            norm = f"{theirs}.{part}"
            put(f"{ours}.{part}", arrays[f"{norm}.weight"], arrays[f"{norm}.bias"])
    put("norm", arrays["language_head.norm.weight"], arrays["language_head.norm.bias"])
    put("gate", next(products)[0].T, arrays["fusion.gate_linear.bias"])
    put("classify", next(products)[0].T, arrays["classifier.bias"])
    network.load_state_dict({name: torch.tensor(np.array(a)) for name, a in weights.items()})
