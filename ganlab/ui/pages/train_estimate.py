"""How long a training will take: from earlier runs of its kind, else from its multiplications."""

from collections import Counter
from pathlib import Path
from statistics import median

import streamlit as st

from ganlab import runs
from ganlab.device import cores
from ganlab.errors import GanlabError
from ganlab.objectives import STAGES
from ganlab.spec import MemberSpec
from ganlab.ui import engine, parts
from ganlab.ui.i18n import t

_RECENT = 30  # runs looked at
_ALIKE = ("network", "objective", "batch_size", "n_critic", "width", "critic_width", "latent_dim", "attention", "grow")
_ALIKE += ("pack", "minibatch_discrimination", "feature_matching", "diffaugment")
# Passes through each network a step; an objective's penalty and further critic steps are added.
_PASSES = {
    "gan": {"generator": 3, "critic": 8},
    "vae": {"encoder": 3, "generator": 3},
    "pretrain": {"encoder": 3, "generator": 3},
    "join": {"generator": 1, "critic": 6},
    "adversarial": {"generator": 3, "critic": 8},
    "joint": {"encoder": 3, "generator": 8, "critic": 16},
}
_LOOKS = 40  # along a run whose networks grow
# Without a run of its kind: multiplications a second that small networks reach on a core, convolutions fewer, and what
# a step costs at least.
_CORE, _CORE_CONVOLVING, _ACCELERATOR, _STEP_SECONDS = 25e9, 14e9, 3e12, 0.002


def told_estimate(spec: MemberSpec, steps: int | None = None) -> None:
    """Say about how long a spec will take, or so many steps of its kind, and how we know."""
    spec = spec if steps is None else spec.model_copy(update={"steps": steps})
    measured = _from_runs(spec)
    if measured is not None:
        st.caption(t("train.estimate_measured", time=spoken(measured)))
    elif engine.READY.is_set():
        st.caption(t("train.estimate_guessed", time=spoken(_from_size(spec))))


def seconds(spec: MemberSpec) -> float:
    """Return about how long a spec will take here; torch is loaded."""
    measured = _from_runs(spec)
    return _from_size(spec) if measured is None else measured


def spoken(seconds: float) -> str:
    """Return a duration in words, no more exact than a guess is."""
    if seconds < 100:
        return t("train.seconds", count=max(5, round(seconds / 5) * 5))
    if seconds < 5_400:
        return t("train.minutes", count=round(seconds / 60))
    return t("train.hours", count=round(seconds / 3_600, 1))


def _from_runs(spec: MemberSpec) -> float | None:
    device = parts.chosen_device() if engine.READY.is_set() else "cpu"
    wanted = (device, *_kind(spec))
    for run in reversed(runs.all_runs()[-_RECENT:]):
        found = _rate(str(run.folder), _changed(run))
        if found is not None and found[0] == wanted:
            return spec.steps * spec.batch_size / found[1]
    return None


def _kind(spec: MemberSpec) -> tuple:
    resolved = spec.resolved()
    return (resolved.shape, *(getattr(resolved, field) for field in _ALIKE))


def _changed(run: runs.Run) -> int:
    """Return a coarse clock of a run's growth: the more it has told, the more rarely it is read again."""
    try:
        return (run.folder / "events.jsonl").stat().st_size.bit_length()
    except OSError:
        return 0


@st.cache_data(max_entries=100, show_spinner=False)
def _rate(folder: str, changed: int) -> tuple[tuple, float] | None:
    """Return a run's device and kind, and its examples a second, or None where it has told none."""
    run = runs.Run(Path(folder))
    told = [row["images_per_second"] for row in run.events()[0] if row.get("images_per_second")]
    try:
        return ((run.state().device, *_kind(run.spec())), median(told)) if told else None
    except GanlabError:  # its spec was edited into something else
        return None


@st.cache_data(max_entries=100, show_spinner=False)
def _from_size(spec: MemberSpec) -> float:
    """Return seconds from the multiplications of a step, on average over all stages."""
    from ganlab.device import available

    resolved = spec.resolved()
    counts = _multiplications(resolved)
    penalised = 4 if spec.objective in ("wasserstein_gp", "relativistic") else 0
    multiplications = (spec.n_critic * (6 + penalised) - 6) * counts.get("critic", 0)
    shares = {stage: getattr(resolved, stage) for stage in STAGES} if spec.kind == "vaegan" else {spec.kind: 1.0}
    for stage, share in shares.items():
        passes = sum(count * counts[role] for role, count in _PASSES[stage].items())
        multiplications += share / sum(shares.values()) * passes
    core = _CORE_CONVOLVING if resolved.network == "dcgan" else _CORE
    rate = core * cores() if available()[0] == "cpu" else _ACCELERATOR
    return spec.steps * (multiplications / rate + _STEP_SECONDS)


def _multiplications(spec: MemberSpec) -> dict[str, float]:
    """Return those of a pass of a batch through each network; where they grow, on average over the run."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from ganlab.members.networks import outlines
    from ganlab.networks.growing import set_level
    from ganlab.training.growth import Growth

    growth, networks = Growth.of(spec), outlines(spec)
    # A fade costs about as much as what fades in.
    looks = [growth.stage(spec.steps * look // _LOOKS) for look in range(_LOOKS)] if growth else [0]
    sizes = {
        "generator": (spec.batch_size, spec.latent_dim + spec.conditional),
        "critic": (spec.batch_size // (spec.pack or 1), *spec.critic_shape),
        "encoder": (spec.batch_size, *spec.shape),
    }
    counts = dict.fromkeys(networks, 0.0)
    for level, times in Counter(looks).items():
        set_level(networks.values(), level)
        for role, network in networks.items():
            with FlopCounterMode(display=False) as counter, torch.device("meta"):
                network(torch.empty(*sizes[role]))
            counts[role] += counter.get_total_flops() / 2 * times / len(looks)
    return counts
