"""What the tests of ensembles share: tiny ones, and a place in memory for what they bring."""

from ganlab import ensembles
from ganlab.data import load_dataset
from ganlab.ensembles.loop import Begins, Found, Of
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.training import Checkpoint
from ganlab.training.events import Finished, Saved


def small(method, base=None, **changes):
    """A resolved ensemble of points whose steps take milliseconds."""
    if method in ("architectures", "cross_validation"):
        changes = {"variants": ({"objective": "hinge"}, {"objective": "nonsaturating"})} | changes
    usual = {"dataset": "ring8", "network": "toy", "batch_size": 8, "steps": 6, "checkpoint_every": 3, "score_every": 0}
    return ensembles.resolved(EnsembleSpec(method=method, base=MemberSpec(**usual | (base or {})), **changes))


class InMemory:
    """Keeps what an ensemble brings as it comes."""

    def __init__(self):
        self.members, self.checkpoints, self.begun, self.facts = {}, {}, {}, {}
        self.told = []  # of the last training

    def finished(self, number):
        return number in self.members

    def member(self, number):
        return self.members[number]

    def checkpoint(self, number):
        return Checkpoint.from_bytes(self.checkpoints[number]) if number in self.checkpoints else None

    def take(self, told):
        """Keep what an event brings."""
        match told:
            case Begins():
                self.begun[told.number] = told
            case Found():
                self.facts[told.number] = told.facts
            case Of(number, Saved(checkpoint=checkpoint)):
                self.checkpoints[number] = checkpoint.to_bytes()  # a resumed training changes the one it is given
            case Of(number, Finished(member=member)):
                self.members[number] = member

    def train(self, asked, data=None):
        """Train to the end; returns itself."""
        self.told = []
        for told in ensembles.train(asked, data or load_dataset(asked.dataset), self):
            self.told.append(told)
            self.take(told)
        return self

    def rows(self, number):
        """Which rows of the training split a member saw."""
        return self.begun[number].part.rows


def weights_of(member):
    return {f"{role}.{name}": each for role, net in member.networks.items() for name, each in net.state_dict().items()}


def same(one, other):
    """Whether two members have the same weights to the bit."""
    mine, theirs = weights_of(one), weights_of(other)
    return mine.keys() == theirs.keys() and all(mine[name].equal(theirs[name]) for name in mine)
