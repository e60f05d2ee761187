"""Training: a generator of events that owns no files and knows no page."""

from ganlab.family import Family, entry
from ganlab.lazy import lazily

TRAINERS = Family(
    "kind of training",
    entry("gan", "ganlab.training.gan:GAN", "A generator against a critic."),
    entry("vae", "ganlab.training.vae:VAE", "An encoder and a decoder together."),
    entry("vaegan", "ganlab.training.vaegan:VAEGAN", "Both, in four stages."),
)

_WHERE = {
    "train": "ganlab.training.loop",
    "member_at": "ganlab.training.loop",
    "Live": "ganlab.training.live",
    "taught": "ganlab.training.teacher",
    "Controls": "ganlab.training.events",
    "Checkpoint": "ganlab.training.checkpoint",
}
__all__ = ["TRAINERS", *_WHERE]  # noqa: PLE0604 - the names above, listed once
__getattr__ = lazily(__name__, _WHERE)
