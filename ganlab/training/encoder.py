"""An encoder for a finished generator, which stays as it is: latents of pictures for any GAN.

Fresh pairs (z, G(z)) are there without end, so E first learns from them alone, then from real pictures as well, whose
latents nobody knows:

    L(z) = a |E(x) - z|^2 / d + rebuilt(x),            x = G(z),  z ~ N(0, I)
    L(x) = b (|E(x)|^2 / d - 1)^2 + rebuilt(x),        x real
    rebuilt(x) = |G(E(x)) - x|^2 / var x + |f(G(E(x))) - f(x)|^2 / var f(x)

For a conditional generator E also says what speaks for each class, by cross-entropy; the picture is drawn again with
its true class.  f is the hidden layer of the member's own critic, where it has one that judges picture by picture; the
variances are those of training pictures.  The pull b keeps latents of real pictures as long as those the generator was
trained on.  Pairs, pixels and features together are those of in-domain inversion (Zhu et al. 2020, arXiv:2004.00049),
without its own critic.
"""

import copy
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from ganlab.choice import choose
from ganlab.data.dataset import Dataset
from ganlab.errors import MemberError, SpecError
from ganlab.members.card import Encoder, now
from ganlab.members.fitting import check_encoder
from ganlab.members.member import NetworkMember
from ganlab.members.networks import build, count, to_bytes
from ganlab.members.refine import followed
from ganlab.metrics.evaluate import Progress

STEPS = 5_000
_BATCH, _RATE = 64, 3e-3
_LATENTS, _PULL, _CLASSES = 0.1, 0.1, 0.1  # a and b, and the weight of cross-entropy
_ALONE, _REAL = 0.2, 0.75  # share of the steps without real pictures, and of real ones in batches after it
_JUDGED = 1_000  # training pictures whose variances scale the losses


def fit(
    member: NetworkMember,
    data: Dataset,
    steps: int = STEPS,
    *,
    seed: int = 0,
    device: torch.device | None = None,
    half: bool = False,
) -> Iterator[Progress | tuple[bytes, Encoder]]:
    """Fit an encoder to a GAN whose generator stays as it is.

    Args:
        member: The GAN.
        data: What it was trained on.
        steps: Batches of 64 pictures.
        seed: Of first weights, noise and the order of pictures; equal seeds give equal encoders on a CPU.
        device: Where; the CPU by default.
        half: Store it with 16 bits a number.

    Yields:
        Progress every few steps; at the end the encoder's file and what the card shall state of it.

    Raises:
        MemberError: The member is no GAN.
        SpecError: The data are not what it draws.
    """
    check_encoder(member.card)
    if data.shape != member.shape:
        raise SpecError(f"{member.name!r} draws {member.shape}, but dataset {data.name!r} holds {data.shape}.")
    device = device or torch.device("cpu")
    rng = torch.Generator().manual_seed(seed)
    encoder = _placed(build(member.card.spec.resolved(), rng, encoder=True)["encoder"], device).train()
    generator = followed(_placed(copy.deepcopy(member.networks["generator"]), device))
    examples, labels = data.split("train")
    width, shares = member.walk_dim, generator.shares if member.conditional else None
    rebuilt = _rebuilt(member, examples, device)
    optimiser = torch.optim.Adam(encoder.parameters(), lr=_RATE, betas=(0.9, 0.99), fused=device.type != "mps")
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=max(2, steps), pct_start=0.1)
    started = time.perf_counter()
    for step in range(steps):
        real = round(_BATCH * _REAL) if step >= _ALONE * steps else 0
        z = torch.randn(_BATCH - real, member.latent_dim, generator=rng).to(device)
        rows = torch.randint(len(examples), (real,), generator=rng)
        with torch.no_grad():
            images = torch.cat([generator(z), _floats(examples[rows]).to(device)])
        noise, classes = encoder(images).tensor_split([width], 1)
        known, guessed = noise.tensor_split([len(z)])
        loss = _LATENTS * (known - z[:, :width]).square().mean()
        if shares is None:
            drawn = generator(noise)
        else:
            asked = torch.cat([choose(z[:, width], shares), labels[rows].to(device)])
            drawn = generator(noise, asked)
            loss = loss + _CLASSES * nn.functional.cross_entropy(classes, asked)
        loss = loss + rebuilt(drawn, images)
        if real:
            loss = loss + _PULL * (guessed.square().mean(1) - 1).square().mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        cycle.step()
        if step % 20 == 0 or step + 1 == steps:
            spent = time.perf_counter() - started
            share = (step + 1) / steps
            yield Progress("fitting an encoder", share, spent, spent / share * (1 - share))
    if not all(bool(weight.isfinite().all()) for weight in encoder.state_dict().values()):
        raise MemberError(f"The encoder of {member.name!r} ran away: a weight is no longer finite. Try another --seed.")
    file, weights = to_bytes({"encoder": encoder}, half=half)
    facts = {"parameters": count(encoder), "steps": steps, "seconds": time.perf_counter() - started, "seed": seed}
    yield file, Encoder(**weights.model_dump(), **facts, created=now())


def _rebuilt(member: NetworkMember, examples: Tensor, device: torch.device) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the loss of drawing pictures [N, ...] instead of others, relative to what training pictures vary by."""
    order = torch.randperm(len(examples), generator=torch.Generator().manual_seed(0))[:_JUDGED]
    real = _floats(examples[order]).to(device)
    looks: list[nn.Module] = [nn.Identity()]
    if "critic" in member.networks and not member.card.spec.judges_together:
        looks.append(followed(_placed(copy.deepcopy(member.networks["critic"][:-2]), device)))
    with torch.no_grad():
        spreads = [look(real).flatten(1).var(0).sum().clamp_min(1e-8) for look in looks]

    def loss(drawn: Tensor, images: Tensor) -> Tensor:
        total = drawn.new_zeros(())
        for look, spread in zip(looks, spreads, strict=True):
            with torch.no_grad():
                wanted = look(images)
            total = total + (look(drawn) - wanted).square().flatten(1).sum(1).mean() / spread
        return total

    return loss


def _placed(network: nn.Module, device: torch.device) -> nn.Module:
    return network.to(device, memory_format=torch.channels_last)


def _floats(examples: Tensor) -> Tensor:
    return examples.float().div(127.5).sub(1) if examples.dtype == torch.uint8 else examples
