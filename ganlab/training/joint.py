"""Joint training: K generators against M critics; who counts how much follows from the game itself.

    L_mk = generator k's loss before critic m,   L_m = sum_k s_k L_mk
    w_m = softmax_m(softness L_m)                                    Durugkar et al. 2017 (GMAN), eq. 4-5
    generators   min sum_m w_m L_m + diversity sum_k s_k CE_k        Hoang et al. 2018 (MGAN), eq. 2
    critic m     min sum_k s_k (its loss before generator k), and of the first one + diversity sum_k s_k CE_k

CE_k is how badly a head on the first critic's hidden layer tells who drew generator k's pictures (MAD-GAN, Ghosh et al.
2018): generators are paid for being told apart.  A softness of 0 heeds all critics alike, a large one the harshest; as
in GMAN* (section 3.4) generators move it, paid 0.001 for each unit.  The shares s = softmax(a) descend the same loss:
they move to the generators that critics take for real, which are those that draw what the mixture lacks.  All
generators draw from one noise; one generator and one critic are a plain GAN, to the bit.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from ganlab.members.networks import build
from ganlab.spec import MemberSpec
from ganlab.training.gan import GAN
from ganlab.training.trainer import norm

_PAID = 0.001  # for a unit of softness, as in GMAN*
WEIGHING, HEAD = "weighing", "critic_head"


class Weighing(nn.Module):
    """What generators learn of the game: their shares, and how soft they are with critics.

    Args:
        generators: How many, K.
        softness: At first.
    """

    def __init__(self, generators: int, softness: float) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(generators))
        self.growth = nn.Parameter(torch.zeros(()))
        self.register_buffer("first", torch.tensor(float(softness)))

    @property
    def shares(self) -> Tensor:
        """Parts of 1, [K]."""
        return self.logits.softmax(0)

    @property
    def softness(self) -> Tensor:
        """A number of 0 or more."""
        return self.first * self.growth.exp()


def critics_weights(losses: Tensor, softness: Tensor | float) -> Tensor:
    """Return parts of 1 for losses [M] before critics: a softness of 0 heeds all alike, a large one the largest."""
    return (softness * (losses - losses.max())).softmax(0)


class Joint(GAN):
    """Several generators against several critics.

    Args:
        spec: Of a GAN: what all networks are.
        examples: As for ``Trainer``.
        device: As for ``Trainer``.
        labels: Not looked at.
        generators: How many.
        critics: How many.
        diversity: Weight of being told apart.
        softness: With critics, at first.
        number: Which generator is drawn with and kept, from 1, and with it one of the critics.
    """

    def __init__(
        self,
        spec: MemberSpec,
        examples: Tensor,
        device: torch.device,
        labels: Tensor | None = None,
        *,
        generators: int,
        critics: int = 1,
        diversity: float = 0.01,
        softness: float = 1.0,
        number: int = 1,
    ) -> None:
        self.counts = {"generator": generators, "critic": critics}
        self.diversity, self.first_softness = diversity if generators > 1 else 0.0, softness
        self.own = {role: _role(role, (number - 1) % count) for role, count in self.counts.items()}
        super().__init__(spec, examples, device, labels)
        self.unseen = number > 1  # the others learned with the first, which alone was shown
        self.generator, self.critic = (nn.ModuleList(self._all(role)) for role in self.counts)
        self.head, self.weighing = self.networks.get(HEAD), self.networks.get(WEIGHING)

    def built(self, first: torch.Generator) -> dict[str, nn.Module]:
        """Return all networks; the first of each kind are those of a plain GAN."""
        networks: dict[str, nn.Module] = {}
        for place in range(max(self.counts.values())):
            pair = build(self.spec, first)
            networks |= {_role(role, place): pair[role] for role, count in self.counts.items() if place < count}
        if self.diversity:
            networks[HEAD] = _head(networks["critic"], self.spec, self.counts["generator"], first)
        if max(self.counts.values()) > 1:
            networks[WEIGHING] = Weighing(self.counts["generator"], self.first_softness)
        return networks

    def averaged(self) -> list[str]:
        """Return the roles of all generators."""
        return [_role("generator", place) for place in range(self.counts["generator"])]

    def players(self) -> dict[str, tuple[str, ...]]:
        """Return a player for each network, so that the first ones' memories are those of a plain GAN."""
        return {role: (role,) for role in self.networks}

    def drawing(self) -> dict[str, nn.Module]:
        """Return the averaged generator that is asked for, and its critic."""
        generator, critic = self.own["generator"], self.own["critic"]
        return {"generator": self.averages[generator].network, "critic": self.networks[critic]}

    def set_rate(self, player: str, rate: float) -> None:
        """Change the learning rate of all generators, or of all critics."""
        for each in self._of(player):
            super().set_rate(each, rate)

    @property
    def shares(self) -> Tensor:
        """Of generators, parts of 1, [K]."""
        return torch.ones(1, device=self.device) if self.weighing is None else self.weighing.shares

    def _draw(self, z: Tensor, labels: Sequence[Tensor], with_graph: bool) -> Tensor:
        """Return what all generators draw from one noise, [K, N, *shape]."""
        with torch.set_grad_enabled(with_graph):
            return torch.stack([self._pass(generator, z) for generator in self.generator])

    def _critic_step(self, fake: Tensor, real: Tensor, *, measure_gradients: bool) -> None:
        real, fakes = self._seen(real), [self._seen(each) for each in fake.detach()]
        shares, rows = self.shares.detach(), torch.arange(len(real), device=self.device)
        both, mixed = torch.cat([real, *fakes]), torch.stack(fakes)[rows % len(fakes), rows]
        losses, slopes, scores, told = [], [], [], None
        for place, critic in enumerate(self.critic):
            logits, told_here = self._looked(critic, both, head=place == 0)
            on_real, *on_fake = logits.split(len(real))
            told = told_here if place == 0 else told
            parts = [self.objective.critic_loss(on_real, each) for each in on_fake]
            losses.append(torch.stack(parts) @ shares)
            slopes.append(self.objective.regularise(critic, real, mixed, self.rng))
            scores.append([self.objective.score(each).mean() for each in (on_real, torch.cat(on_fake))])
        loss = torch.stack(losses).mean()
        whole = sum(losses) + sum(slope for slope in slopes if slope is not None)
        if told is not None:
            whole = whole + self.diversity * shares @ self._confusion(told[len(real) :])
        self._descend_all("critic", whole, measure_gradients)
        for critic in self.critic:
            self.objective.constrain(critic)
        on_real, on_fake = (torch.stack(each).mean() for each in zip(*scores, strict=True))
        self.tally.add(critic_loss=loss, real_score=on_real, fake_score=on_fake)
        if len(losses) > 1:
            self.tally.add(**{f"critic_loss_{place}": each for place, each in enumerate(losses, 1)})

    def _generator_step(self, fake: Tensor, real: Tensor | None = None, *, measure_gradients: bool) -> None:
        for network in self._nets("critic"):
            network.requires_grad_(requires_grad=False)
        on_reals: list[Tensor | None] = [None] * len(self.critic)
        if self.objective.paired:
            seen = self._seen(real)
            with torch.no_grad():
                on_reals = [self._pass(critic, seen) for critic in self.critic]
        fakes, confusion, rows = torch.cat([self._seen(each) for each in fake]), None, []
        for place, critic in enumerate(self.critic):
            logits, told = self._looked(critic, fakes, head=place == 0)
            confusion = self._confusion(told) if told is not None else confusion
            parts = logits.chunk(len(self.generator))
            rows.append(torch.stack([self.objective.generator_loss(each, on_reals[place]) for each in parts]))
        losses, shares = torch.stack(rows), self.shares
        softness = self.weighing.softness if self.weighing is not None else 0.0
        weights = critics_weights((losses @ shares).detach(), softness)
        loss = whole = weights @ losses @ shares
        if self.weighing is not None:
            whole = whole - _PAID * softness
        if confusion is not None:
            whole = whole + self.diversity * shares.detach() @ confusion
            self.tally.add(confusion=confusion.mean())
        self.tally.add(generator_loss=loss)
        self._tell(generator_loss=weights @ losses, share=shares, critic_weight=weights)
        self._descend_all("generator", whole, measure_gradients)
        for network in self._nets("critic"):
            network.requires_grad_(requires_grad=True)

    def _looked(self, critic: nn.Sequential, images: Tensor, *, head: bool) -> tuple[Tensor, Tensor | None]:
        """Return a critic's logits, and where the head looks over its shoulder who it thinks drew each row."""
        if not head or self.head is None:
            return self._pass(critic, images), None
        hidden = self._pass(critic[:-2], images)
        return self._pass(critic[-2:], hidden), self._pass(self.head, hidden)

    def _confusion(self, told: Tensor) -> Tensor:
        """Return the cross-entropy of who drew, of rows [K n, K] of one generator after the other, for each, [K]."""
        count = told.shape[1]
        drawers = torch.arange(count, device=self.device).repeat_interleave(len(told) // count)
        return functional.cross_entropy(told, drawers, reduction="none").view(count, -1).mean(1)

    def _tell(self, **curves: Tensor) -> None:
        """Note a number for each generator, or for each critic, where there are several."""
        for name, values in curves.items():
            if len(values) > 1:
                self.tally.add(**{f"{name}_{place}": each for place, each in enumerate(values, 1)})

    def _descend_all(self, player: str, loss: Tensor, measure_gradient: bool) -> None:
        """Let all generators, or all critics, take a step down a loss."""
        optimizers = [self.optimizers[each] for each in self._of(player)]
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if measure_gradient:
            weights = [weight for network in self._all(player) for weight in network.parameters()]
            self.tally.add(**{f"{player}_gradient": norm(weights)})
        for optimizer in optimizers:
            optimizer.step()

    def _of(self, player: str) -> list[str]:
        """Return the roles that move with a player: shares and softness are the generators'."""
        return [role for role in self.networks if role.startswith(player) or (player, role) == ("generator", WEIGHING)]

    def _nets(self, player: str) -> list[nn.Module]:
        return [self.networks[role] for role in self._of(player)]

    def _all(self, role: str) -> list[nn.Module]:
        return [self.networks[_role(role, place)] for place in range(self.counts[role])]


def _role(role: str, place: int) -> str:
    """Return what the network at a place is called: the first one as in a plain GAN."""
    return role if place == 0 else f"{role}_{place + 1}"


def _head(critic: nn.Sequential, spec: MemberSpec, generators: int, first: torch.Generator) -> nn.Module:
    """Return a straight look at the critic's hidden layer, [N, ...] -> [N, generators]."""
    channels, *sides = spec.shape
    with torch.no_grad():
        width = critic.eval()[:-2](torch.zeros(2, spec.pack * channels, *sides)).flatten(1).shape[1]
    critic.train()
    # Filled here: a layer that fills itself would draw from the chance that is everybody's.
    head = nn.Sequential(nn.Flatten(), nn.utils.skip_init(nn.Linear, width, generators))
    nn.init.normal_(head[1].weight, std=0.02, generator=first)
    nn.init.zeros_(head[1].bias)
    return head
