"""The networks that read a line: an image of ink in, scores of letters for each column out.

Both take (B, 1, 32, W) and answer (B, W / 4, classes), class 0 being the blank of CTC. `Start`
is the shape of asterocr 1.0.2, whose weights a training may start from; `Own` starts from nothing.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

HEIGHT = 32
COLUMNS = 4
"""Pixels of the picture to one column of scores."""


class Weigh(nn.Module):
    """Weighs channels by what all of the picture holds (squeeze and excitation).

    Source:
        Hu, Shen, Sun: Squeeze-and-Excitation Networks, CVPR 2018, section 3.
    """

    def __init__(self, channels: int, middle: int = 16) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, middle, bias=False)
        self.excite = nn.Linear(middle, channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same."""
        mean = nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)
        weights = self.excite(nn.functional.silu(self.squeeze(mean)))
        return x * torch.sigmoid(weights)[:, :, None, None]


class Block(nn.Module):
    """A depthwise convolution between two pointwise ones, beside a shortcut.

    Strides are taken after the convolution, not in it: on a CPU, PyTorch trains that six times
    faster.
    """

    def __init__(self, before: int, after: int, stride: tuple[int, int] = (1, 1)) -> None:
        super().__init__()
        self.shortcut: nn.Module = nn.Identity()
        if before != after or stride != (1, 1):
            self.shortcut = nn.Conv2d(before, after, 1)
        self.widen = nn.Conv2d(before, after, 1)
        self.depth = nn.Conv2d(after, after, 3, padding=1, groups=after)
        self.stride = stride
        self.weigh = Weigh(after)
        self.mix = nn.Conv2d(after, after, 1)

    def stride_in_convolutions(self) -> None:
        """Compute the same with less work: for reading, where nothing goes backward."""
        for convolution in (self.depth, self.shortcut):
            if isinstance(convolution, nn.Conv2d) and self.stride != (1, 1):
                convolution.stride = self.stride
        self.stride = (1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C', H / stride, W / stride)."""
        y = self._thin(self.depth(nn.functional.silu(self.widen(x))))
        y = self.mix(self.weigh(nn.functional.silu(y)))
        return nn.functional.silu(y + self.shortcut(self._thin(x)))

    def _thin(self, x: Tensor) -> Tensor:
        down, along = self.stride
        return x if self.stride == (1, 1) else x[:, :, ::down, ::along]


class Attend(nn.Module):
    """Self-attention and a small perceptron, each beside a shortcut, normalized before.

    Source:
        Vaswani et al.: Attention Is All You Need, 2017, section 3; normalized first as in Xiong
        et al.: On Layer Normalization in the Transformer Architecture, 2020.
    """

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) to the same."""
        batch, steps, width = x.shape
        parts = self.project(self.norm1(x)).view(batch, steps, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = nn.functional.scaled_dot_product_attention(query, key, value)
        x = x + self.out(seen.transpose(1, 2).reshape(batch, steps, width))
        return x + self.down(nn.functional.gelu(self.up(self.norm2(x))))


class Start(nn.Module):
    """The network of asterocr 1.0.2: convolutions, two recurrent and two attending layers.

    Its three equal colour planes are one here, its normalizations are folded into the
    convolutions, and its high-pass branch is one convolution.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.look = nn.Conv2d(1, 64, 3, padding=1)
        self.edges = nn.Conv2d(1, 64, 3, padding=1)
        self.blocks = nn.Sequential(
            Block(64, 64),
            Block(64, 128, (2, 1)),
            Block(128, 128),
            Block(128, 256, (2, 2)),
            Block(256, 256),
            Block(256, 512, (2, 2)),
            Block(512, 512),
        )
        self.flatten = nn.Conv2d(512, 512, (4, 1))
        self.recur = nn.LSTM(512, 256, num_layers=2, bidirectional=True, batch_first=True)
        self.attend = nn.Sequential(Attend(512, 4, 1024), Attend(512, 4, 1024))
        self.norm = nn.LayerNorm(512)
        self.gate = nn.Linear(1024, 512)
        self.classify = nn.Linear(512, classes)

    def fix(self, blocks: int) -> None:
        """Leave the first blocks as they are: most of the work of training is in their size."""
        first = (self.look, self.edges, *self.blocks[:blocks]) if blocks else ()
        for part in self.blocks[:blocks]:
            part.stride_in_convolutions()
        for part in (self.look, self.edges, *self.blocks):
            part.requires_grad_(part not in first)

    def forward(self, picture: Tensor) -> Tensor:
        """(B, 1, 32, W), -1 ink to 1 paper, to (B, W / 4, classes), not yet normalized."""
        if self.training and picture.is_cpu:
            # A line at a time: what fits into a processor's cache trains faster there.
            x = torch.cat([self._see(line) for line in picture.split(1)])
        else:
            x = self._see(picture)
        seen, _ = self.recur(x.squeeze(2).transpose(1, 2))
        places = draw_places(seen.shape[1], seen.shape[2]).to(seen)
        meant = self.norm(self.attend(seen + places))
        gate = torch.sigmoid(self.gate(torch.cat([seen, meant], dim=2)))
        answer: Tensor = self.classify(gate * seen + (1 - gate) * meant)
        return answer

    def _see(self, picture: Tensor) -> Tensor:
        """(B, 1, 32, W) to (B, 512, 1, W / 4)."""
        x = nn.functional.silu(self.look(picture)) + self.edges(picture)
        return nn.functional.silu(self.flatten(self.blocks(x)))


class Own(nn.Module):
    """A lighter network: normalized convolutions, then attention with local convolutions."""

    def __init__(self, classes: int, width: int = 256, layers: int = 4) -> None:
        super().__init__()
        sizes = ((1, 32, (1, 1)), (32, 64, (2, 2)), (64, 128, (2, 1)), (128, 192, (2, 2)))
        self.front = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False),
                    nn.BatchNorm2d(after),
                    nn.SiLU(),
                    nn.Conv2d(after, after, 3, padding=1, groups=after, bias=False),
                    nn.BatchNorm2d(after),
                    nn.SiLU(),
                )
                for before, after, stride in sizes
            )
        )
        self.flatten = nn.Conv2d(192, width, (4, 1))
        self.near = nn.ModuleList(
            nn.Conv1d(width, width, 7, padding=3, groups=width) for _ in range(layers)
        )
        self.far = nn.ModuleList(Attend(width, 4, 3 * width) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.classify = nn.Linear(width, classes)

    def forward(self, picture: Tensor) -> Tensor:
        """(B, 1, 32, W), -1 ink to 1 paper, to (B, W / 4, classes), not yet normalized."""
        x = self.flatten(self.front(picture)).squeeze(2)
        for near, far in zip(self.near, self.far, strict=True):
            x = x + nn.functional.silu(near(x))
            x = far(x.transpose(1, 2)).transpose(1, 2)
        answer: Tensor = self.classify(self.norm(x.transpose(1, 2)))
        return answer


def draw_places(steps: int, width: int) -> Tensor:
    """Return sines and cosines that tell places apart.

    Args:
        steps: how many places.
        width: how many numbers a place gets; even.

    Returns:
        (1, steps, width) float32.

    Source:
        Vaswani et al.: Attention Is All You Need, 2017, section 3.5.
    """
    place = torch.arange(steps, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, width, 2, dtype=torch.float32) * (-math.log(10000.0) / width))
    waves = torch.stack([torch.sin(place * rate), torch.cos(place * rate)], dim=2)
    return waves.view(1, steps, width)
