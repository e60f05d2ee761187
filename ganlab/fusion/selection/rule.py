"""Selection: candidates of one member or of a mixture, and of each lot the one that looks real.

    x_1, ..., x_m ~ sum_k w_k p_k,    r(x) = p_real(x) / p_drawn(x),    x = one of them, kept by r(x) ^ power

The density ratio is fitted to real validation pictures and as many candidates; what keeps one of several is an
acceptance.  The candidates' latents, and the chances that an acceptance asks for, are coordinates of the fused
member's latent: so a picture follows from its latent alone, and what is selected can be walked, kept and fused again.
The first candidate is what the mixture draws from the same seed.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from ganlab import seeds
from ganlab.fusion.fitted import FittedRule
from ganlab.fusion.ground import Ground
from ganlab.fusion.looks import by_critics, critics_of, extractor
from ganlab.fusion.mixture import Mixture
from ganlab.fusion.selection import ACCEPTANCES, ESTIMATORS
from ganlab.fusion.selection.accept import NOBODY, Acceptance
from ganlab.fusion.selection.ratio import Known, Ratio, fit, from_arrays
from ganlab.images import outside
from ganlab.members.member import Member
from ganlab.metrics.evaluate import Progress

_AT_ONCE = 1024  # candidates: bounds memory
_LESSONS = 4  # times as many latents as there are real pictures


@dataclass(frozen=True)
class Candidates:
    """Candidates of which nothing is drawn before somebody looks.

    Attributes:
        source: What draws them.
        latents: From these, [n, d].
        labels: Of these classes, [n].
    """

    source: Member
    latents: Tensor
    labels: Tensor | None = None

    @cached_property
    def pictures(self) -> Tensor:
        """All of them, drawn, [n, *shape]."""
        return self.source.generate(self.latents, self.labels)

    def asking(self) -> np.ndarray:
        """Return the latents, float32 [n, d], with what chooses a class as the labels have it."""
        rows = self.latents.cpu().numpy()
        for label in () if self.labels is None else self.labels.unique().tolist():
            own = (self.labels == label).cpu().numpy()
            rows = np.where(own[:, None], self.source.asked(rows, label), rows)
        return rows

    def drawn(self, places: Tensor) -> Tensor:
        """Return the pictures at some places; others are drawn only if they were looked at."""
        if "pictures" in self.__dict__:
            return self.pictures[places]
        return self.source.generate(self.latents[places], None if self.labels is None else self.labels[places])


@dataclass(frozen=True)
class Selection(FittedRule):
    """One of several candidates.

    Attributes:
        estimator: Of the ratio, a name out of ``ESTIMATORS``.
        acceptance: A name out of ``ACCEPTANCES``.
        cost: Candidates for a picture, about.
        power: Of the ratio; below 1 it errs less where the ratio is badly known.
    """

    estimator: str = "least_squares"
    acceptance: str = "metropolis_hastings"
    cost: int = 5
    power: float = 1.0
    name = "selection"
    combines = False

    def extra(self, members: Sequence[Member]) -> int:
        """Return the coordinates of further candidates, and of the chances of all lots."""
        proposals, accept = self.proposals(members), self.accept
        lots, lot = accept.lots(self.cost), accept.lot(self.cost)
        return lots * (lot * proposals.latent_dim + 2 * lot + 1) - self.leader(members).latent_dim

    def noise(self, members: Sequence[Member], n: int, seed: int, truncation: float) -> np.ndarray:
        """Return what follows the leader's latents: the rest of the first candidate, the others, the chances."""
        proposals, accept = self.proposals(members), self.accept
        lots, lot = accept.lots(self.cost), accept.lot(self.cost)
        first = proposals.latents(n, seed, truncation)[:, self.leader(members).latent_dim :]
        own = (int(seeds.stream(seed, f"candidate-{place}").integers(2**63)) for place in range(1, lots * lot))
        others = [proposals.latents(n, each, truncation) for each in own]
        chances = seeds.standard_normal(n, lots * (2 * lot + 1), seed, "acceptance")
        return np.concatenate([first, *others, chances], 1)

    def asked(self, members: Sequence[Member], z: np.ndarray, label: int) -> np.ndarray:
        """Return latents whose candidates are all of a class."""
        proposals, accept = self.proposals(members), self.accept
        z, width = z.copy(), proposals.latent_dim
        for place in range(accept.lots(self.cost) * accept.lot(self.cost)):
            block = slice(place * width, (place + 1) * width)
            z[:, block] = proposals.asked(z[:, block], label)
        return z

    def draw(self, members: Sequence[Member], z: Tensor, labels: Tensor | None) -> Tensor:
        """Return the pictures that are kept, one for each latent."""
        return self._kept(members, z, labels)[0]

    def counted(self, members: Sequence[Member], z: Tensor, labels: Tensor | None = None) -> tuple[Tensor, int]:
        """Return the pictures that are kept, [N, *shape], and how many candidates there were for them.

        Raises:
            FusionError: No known drawn picture is anything like a real one.
        """
        pictures, *_, drawn = self._kept(members, z, labels)
        return pictures, drawn

    def explained(
        self, members: Sequence[Member], z: Tensor, labels: Tensor | None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return them with the ``ratio`` of each, and with who was ``picked`` to draw the candidate that was kept."""
        pictures, latents, ratios, _ = self._kept(members, z, labels)
        picked = drawers(self.proposals(members), latents.cpu().numpy())
        told = {} if picked is None else {"picked": torch.from_numpy(picked)}
        return pictures, told | {"ratio": ratios}

    def _kept(self, members: Sequence[Member], z: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor, Tensor, int]:
        """Return pictures, the latents of the candidates that were kept, their ratios, and how many there were."""
        proposals, look, lot = self.proposals(members), self._look(members), self.accept.lot(self.cost)
        parts = []
        for part in torch.arange(len(z), device=z.device).split(max(1, _AT_ONCE // lot)):
            own = None if labels is None else labels[part]
            parts.append(self._selected(proposals, look, z[part], own))
        pictures, latents, ratios, drawn = zip(*parts, strict=True)
        return torch.cat(pictures), torch.cat(latents), torch.cat(ratios), sum(drawn)

    def _selected(
        self, proposals: Member, look: Callable[[Candidates], np.ndarray], z: Tensor, labels: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor, int]:
        accept = self.accept
        lots, lot = accept.lots(self.cost), accept.lot(self.cost)
        candidates, chances = z.split([lots * lot * proposals.latent_dim, lots * (2 * lot + 1)], 1)
        candidates = candidates.reshape(len(z), lots, lot, proposals.latent_dim)
        chances = torch.special.ndtr(chances.double()).cpu().numpy().reshape(len(z), lots, 2 * lot + 1)
        kept, best = torch.empty(len(z), *proposals.shape, device=z.device), np.full(len(z), -np.inf)
        latents, of_kept = torch.empty(len(z), proposals.latent_dim, device=z.device), np.full(len(z), np.nan)
        waiting, drawn = np.arange(len(z)), 0
        for turn in range(lots):
            if not len(waiting):
                break
            rows = torch.from_numpy(waiting).to(z.device)
            asked = None if labels is None else labels[rows].repeat_interleave(lot)
            shown = Candidates(proposals, candidates[rows, turn].flatten(0, 1), asked)
            drawn += len(shown.latents)
            ratios = (self.ratio(look(shown)) ** self.power).reshape(-1, lot)
            places = accept.keep(ratios, chances[waiting, turn], self._known, self.cost)
            passed = places != NOBODY
            places = np.where(passed, places, ratios.argmax(1))
            found = ratios[np.arange(len(places)), places]
            # Who waits in vain until the end has the largest ratio that was seen.
            better = passed | (found > best[waiting])
            taken = torch.from_numpy(np.flatnonzero(better) * lot + places[better]).to(z.device)
            new = rows[torch.from_numpy(better).to(z.device)]
            kept[new], latents[new] = shown.drawn(taken), shown.latents[taken]
            of_kept[waiting[better]] = found[better]
            best[waiting] = np.maximum(best[waiting], found)
            waiting = waiting[~passed]
        return kept, latents, torch.from_numpy(of_kept), drawn

    @property
    def accept(self) -> Acceptance:
        """What keeps one of several candidates."""
        return ACCEPTANCES[self.acceptance].load()

    @cached_property
    def ratio(self) -> Ratio:
        """The fitted ratio."""
        return from_arrays(self.estimator, self.fitted.arrays)

    @cached_property
    def _known(self) -> Known:
        known = self.ratio.known
        return Known(known.real**self.power, known.drawn**self.power)

    def proposals(self, members: Sequence[Member]) -> Member:
        """Return what draws candidates: the member, or a mixture of several."""
        return proposals(members, self.weights)

    def _look(self, members: Sequence[Member]) -> Callable[[Candidates], np.ndarray]:
        sees, facts = ESTIMATORS[self.estimator].facts["sees"], self.fitted.facts
        if sees == "latents":
            return Candidates.asking
        if sees == "critics":
            look = by_critics(critics_of(self.proposals(members)))
        else:
            look = extractor(facts["extractor"], facts["extractor_sha256"], members[0].device)
        return lambda shown: look(outside(shown.pictures))

    @classmethod
    def fitting(
        cls, members: Sequence[Member], ground: Ground, weights: tuple[float, ...], **options: object
    ) -> Iterator[Progress | tuple[dict[str, np.ndarray], dict[str, float]]]:
        """Fit the ratio to real validation pictures and as many candidates.

        Raises:
            GanlabError: Too few real pictures, or members without critics where those shall judge.
        """
        source, estimator = proposals(members, weights), str(options["estimator"])
        look, real, sees = ground.extractor.features, ground.features, ESTIMATORS[estimator].facts
        if sees["sees"] == "critics":
            look = by_critics(critics_of(source))
            real = np.concatenate([look(part) for part in np.array_split(ground.images, 1 + len(real) // 500)])
        rows = []
        for part in ground.drawn(source, len(real), "ratio"):
            rows.append(look(part))
            yield Progress("drawing candidates", 0.5 * len(rows) / (1 + len(real) // 500), 0.0, None)
        yield Progress("fitting the ratio", 0.5, 0.0, None)
        who = drawers(source, source.latents(len(real), ground.own_seed("ratio")))
        ratio = fit(sees.get("teacher", estimator), real, np.concatenate(rows), ground.seed, who)
        if sees["sees"] == "latents":
            ratio = yield from _foretold(ratio, source, ground)
        quality = ratio.known.quality()
        yield ratio.to_arrays(), {"auc": quality.auc, "log_loss": quality.log_loss}


def _foretold(teacher: Ratio, source: Member, ground: Ground) -> Generator[Progress, None, Ratio]:
    """Return a ratio of latents that was learned from one of pictures."""
    from ganlab.fusion.selection.latents import learn

    count, ratios = _LESSONS * len(ground.features), []
    for part in ground.drawn(source, count, "latents"):
        ratios.append(teacher(ground.extractor.features(part)))
        yield Progress("drawing lessons", 0.5 + 0.4 * len(ratios) * len(part) / (count + len(part)), 0.0, None)
    yield Progress("learning the ratio of latents", 0.9, 0.0, None)
    return learn(source.latents(count, ground.own_seed("latents")), np.concatenate(ratios), ground.seed)


def drawers(source: Member, z: np.ndarray) -> np.ndarray | None:
    """Return which member of a mixture draws from each latent, int64 [n]; None where one draws all."""
    if not isinstance(rule := getattr(source, "rule", None), Mixture):
        return None
    _, extra = rule.split(source.members, source.placed(z))
    return rule.pick(extra, len(source.members)).cpu().numpy()


def proposals(members: Sequence[Member], weights: Sequence[float] = ()) -> Member:
    """Return a member alone, or the mixture of several."""
    from ganlab.fusion import fuse

    return members[0] if len(members) == 1 else fuse(members, "mixture", weights)
