"""Pieces that several networks share: seeded dropout, minibatch discrimination, and seeded first weights."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized


class SeededDropout(nn.Module):
    """Dropout that draws from its own generator, so that a run can be repeated to the bit.

    Args:
        p: Share of values set to zero in training; the rest is scaled by 1 / (1 - p).

    Attributes:
        rng: Whom it asks for chance; set by the training, None draws from torch's global stream.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p
        self.rng: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Return x with values dropped while training, x itself otherwise."""
        if not self.training or self.p == 0:
            return x
        # Four 16-bit draws from each 64 random bits: six times faster on a CPU than bernoulli_, which was
        # a third of a small critic's step.  It rounds p to a multiple of 1 / 65,536.
        words = torch.empty((x.numel() + 3) // 4, dtype=torch.int64, device=x.device)
        draws = words.random_(-(2**63), None, generator=self.rng).view(torch.int16)[: x.numel()].view(x.shape)
        keep = draws >= min(round(self.p * 2**16), 2**16 - 1) - 2**15  # the threshold is 16 bits wide too
        return x * keep.to(x.dtype).div_(1 - self.p)

    def extra_repr(self) -> str:
        """Return what ``print`` shows."""
        return f"p={self.p}"


class Maxout(nn.Module):
    """Goodfellow et al. 2013 (arXiv:1302.4389): the largest of several linear maps, [N, a] -> [N, b]."""

    def __init__(self, inputs: int, outputs: int, pieces: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs * pieces)
        self.pieces = pieces

    def forward(self, x: Tensor) -> Tensor:
        """Return the largest of ``pieces`` linear maps of x."""
        return self.linear(x).unflatten(1, (-1, self.pieces)).amax(2)


def seeded_dropout(p: float) -> list[nn.Module]:
    """Return a list with the layer, or an empty one for p = 0, to splice into a Sequential."""
    return [SeededDropout(p)] if p else []


class MinibatchDiscrimination(nn.Module):
    """Salimans et al. 2016 (arXiv:1606.03498), section 3.2: let a critic see how alike the pictures of a batch are.

        o(x_i)_b = sum_j exp(-|M_ib - M_jb|_1),    M_i = T f(x_i)

    T maps features to ``kernels`` rows of five numbers.  Beside its features [d] each picture gets one closeness
    for each kernel, 1 (itself) up to N (all alike).  A batch is mixed: real and drawn ones must be judged apart.

    Args:
        inputs: d, numbers of a picture's features.
        kernels: B, in how many ways pictures are compared.
        wrap: What is done to the layer with T, such as spectral norm.
    """

    numbers = 5  # a kernel, as in the authors' code

    def __init__(self, inputs: int, kernels: int, wrap: Callable[[nn.Module], nn.Module] = lambda layer: layer) -> None:
        super().__init__()
        self.kernels = kernels
        self.linear = wrap(nn.Linear(inputs, kernels * self.numbers, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        """Return [N, d + B] from [N, d]."""
        rows = self.linear(x).unflatten(1, (self.kernels, self.numbers)).transpose(0, 1)  # [B, N, 5]
        return torch.cat([x, torch.cdist(rows, rows, p=1).neg().exp().sum(2).T], 1)


@torch.no_grad()
def initialise(network: nn.Module, rng: torch.Generator, normal: bool) -> None:
    """Draw all first weights from ``rng``; whatever stood there before counts for nothing.

    Args:
        network: Its dense, convolutional and batch-norm layers are set in place.
        rng: A CPU generator.
        normal: N(0, 0.02) as in DCGAN (Radford 2015, arXiv:1511.06434); else torch's own uniform.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            weight = drawn_weight(layer)
            fan_in = nn.init._calculate_fan_in_and_fan_out(weight)[0]  # noqa: SLF001
            if normal:
                weight.normal_(0, 0.02, generator=rng)
            else:
                nn.init.kaiming_uniform_(weight, a=5**0.5, generator=rng)
            if layer.bias is not None:
                bound = 0 if normal else fan_in**-0.5
                layer.bias.uniform_(-bound, bound, generator=rng)
            if is_parametrized(layer):
                _draw_singular_vectors(layer.parametrizations.weight[0], rng)
        elif isinstance(layer, nn.modules.batchnorm._BatchNorm):  # noqa: SLF001 - the common parent
            layer.reset_running_stats()
            layer.weight.normal_(1, 0.02, generator=rng) if normal else layer.weight.fill_(1)
            layer.bias.zero_()
    for layer in network.modules():  # those that know better, after their parts
        if hasattr(layer, "first_weights"):
            layer.first_weights(rng)


def drawn_weight(layer: nn.Module) -> Tensor:
    """Return a layer's weight as it is drawn and learns: of one under spectral norm what is divided by the norm."""
    return layer.parametrizations.weight.original if is_parametrized(layer) else layer.weight


def _draw_singular_vectors(norm: nn.Module, rng: torch.Generator) -> None:
    """Start spectral norm's power iteration from ``rng`` instead of torch's global stream."""
    for vector in (norm._u, norm._v):  # noqa: SLF001 - torch names its buffers so
        vector.normal_(generator=rng)
        vector.div_(vector.norm())
