"""Self-attention between the places of a map: Zhang et al. 2018 (arXiv:1805.08318), equations 1 to 3.

    s_ij = f(x_i)^T g(x_j),    a_ji = softmax over i of s_ij,    y_j = x_j + gamma * v(sum_i a_ji h(x_i))

with 1x1 convolutions f and g to C / 8 channels, h to C / 2 and v back to C, none with a bias, and a gain gamma that
starts at 0, so that a network begins with what lies near and learns to look far.  As in the authors' code keys f(x)
and values h(x) are max-pooled by 2: a quarter of the products.  Products are not divided by the root of their length,
as the paper writes it (torch's own attention does), and written out, as penalties differentiate through them twice,
which torch's fused attention cannot on a CPU.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from ganlab.networks.layers import drawn_weight

Wrap = Callable[[nn.Module], nn.Module]


class SelfAttention(nn.Module):
    """Attention on maps [N, channels, H, W].

    Args:
        channels: Of the maps.
        wrap: Put around each convolution, such as spectral norm.
    """

    def __init__(self, channels: int, wrap: Wrap = lambda layer: layer) -> None:
        super().__init__()
        narrow, half = max(1, channels // 8), max(1, channels // 2)
        self.gain = nn.Parameter(torch.zeros(()))
        self.key, self.query, self.value, self.out = (
            wrap(nn.Conv2d(inputs, outputs, 1, bias=False))
            for inputs, outputs in ((channels, narrow), (channels, narrow), (channels, half), (half, channels))
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return maps of the same shape."""
        queries = self.query(x).flatten(2)  # [N, C / 8, places]
        keys, values = (max_pool2d(part(x), 2).flatten(2) for part in (self.key, self.value))
        shares = (queries.transpose(1, 2) @ keys).softmax(2)  # [N, places, places / 4], each row sums to 1
        seen = (values @ shares.transpose(1, 2)).unflatten(2, x.shape[2:])
        return torch.addcmul(x, self.gain, self.out(seen))

    def first_weights(self, rng: torch.Generator) -> None:
        """Start as the identity, with convolutions that keep the variance of what passes."""
        self.gain.zero_()
        for part in (self.key, self.query, self.value, self.out):
            drawn_weight(part).normal_(0, part.in_channels**-0.5, generator=rng)
