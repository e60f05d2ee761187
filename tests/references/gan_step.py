"""One step of a GAN as the papers write it: matrices, sums and derivatives in float64, one weight list a player.

Networks are dense (``mlp``): a weight list is [W1, b1, W2, b2, ...], where the critic compares the rows of a batch with
[T] before its last two.  Losses: Goodfellow 2014 (arXiv:1406.2661) eq. 1
and its section 3, Mao 2017 (arXiv:1611.04076) eq. 9, Lim & Ye 2017 (arXiv:1705.02894), Arjovsky 2017
(arXiv:1701.07875) algorithm 1, Gulrajani 2017 (arXiv:1704.00028) algorithm 1, Huang 2024 (arXiv:2501.05441).  Feature
matching, minibatch discrimination: Salimans 2016 (arXiv:1606.03498), 3.1 and 3.2; packs: Lin 2018 (arXiv:1712.04086).
Optimisers: Kingma & Ba 2015 (arXiv:1412.6980) algorithm 1; Hinton's lecture 6e; Polyak's heavy ball.
"""

import torch


def dense(x, weights):
    """Layers with LeakyReLU of slope 0.2 between them."""
    for layer in range(0, len(weights), 2):
        x = x @ weights[layer].T + weights[layer + 1]
        if layer < len(weights) - 2:
            x = torch.where(x > 0, x, 0.2 * x)
    return x


def generate(z, weights):
    return torch.tanh(dense(z, weights))  # pictures as rows of pixels


def features(x, critic):
    """What the critic's last layer sees."""
    comparing = len(critic) % 2 == 1
    x = dense(x, critic[: -3 if comparing else -2])
    x = torch.where(x > 0, x, 0.2 * x)
    return torch.cat([x, closeness(x, critic[-3])], 1) if comparing else x


def closeness(x, tensor):
    """How alike each row is to all of a batch, kernel by kernel of five numbers, pair by pair."""
    rows = [(tensor @ each).reshape(-1, 5) for each in x]
    return torch.stack([sum(torch.exp(-(a - b).abs().sum(1)) for b in rows) for a in rows])


def judge(x, critic):
    return (features(x, critic) @ critic[-2].T + critic[-1])[:, 0]


def packs(rows, size):
    """So many rows in one, end to end."""
    return torch.stack([torch.cat([*rows[start : start + size]]) for start in range(0, len(rows), size)])


def sigmoid(a):
    return 1 / (1 + torch.exp(-a))


def slope_lengths(x, critic):
    x = x.clone().requires_grad_()
    rows = [torch.autograd.grad(judge(x, critic)[i], x, create_graph=True)[0][i] for i in range(len(x))]
    return torch.stack([(row**2).sum() ** 0.5 for row in rows])


def critic_loss(objective, options, critic, real, fake, places):
    """What the critic minimises; ``places`` in [0, 1] choose points between real and fake pairs."""
    on_real, on_fake = judge(real, critic), judge(fake, critic)
    if objective in ("minimax", "nonsaturating"):
        s = options["label_smoothing"]
        right = (1 - s) * torch.log(sigmoid(on_real)) + s * torch.log(1 - sigmoid(on_real))
        return -right.mean() - torch.log(1 - sigmoid(on_fake)).mean()
    if objective == "least_squares":
        return ((on_real - 1 + options["label_smoothing"]) ** 2).mean() / 2 + (on_fake**2).mean() / 2
    if objective == "hinge":
        return torch.clamp(1 - on_real, min=0).mean() + torch.clamp(1 + on_fake, min=0).mean()
    if objective == "wasserstein":
        return on_fake.mean() - on_real.mean()
    if objective == "wasserstein_gp":
        between = places * fake + (1 - places) * real
        return on_fake.mean() - on_real.mean() + options["penalty"] * ((slope_lengths(between, critic) - 1) ** 2).mean()
    slopes = (slope_lengths(real, critic) ** 2).mean() + (slope_lengths(fake, critic) ** 2).mean()
    return -torch.log(sigmoid(on_real - on_fake)).mean() + options["penalty"] / 2 * slopes


def generator_loss(objective, on_fake, on_real):
    if objective == "minimax":
        return torch.log(1 - sigmoid(on_fake)).mean()
    if objective == "nonsaturating":
        return -torch.log(sigmoid(on_fake)).mean()
    if objective == "least_squares":
        return ((on_fake - 1) ** 2).mean() / 2
    if objective == "relativistic":
        return -torch.log(sigmoid(on_fake - on_real)).mean()
    return -on_fake.mean()


class Optimiser:
    """One rule for one weight list; remembers what its paper says it remembers."""

    def __init__(self, rule, rate, **memory):
        self.rule, self.rate, self.memory, self.t, self.state = rule, rate, memory, 0, {}

    def move(self, weights, gradients):
        self.t += 1
        return [w - self.rate * self.direction(i, g) for i, (w, g) in enumerate(zip(weights, gradients, strict=True))]

    def direction(self, i, g):
        if self.rule == "sgd":
            velocity = self.memory["momentum"] * self.state.get(i, torch.zeros_like(g)) + g
            self.state[i] = velocity
            return velocity
        if self.rule == "adam":
            b1, b2 = self.memory["beta1"], self.memory["beta2"]
            m, v = self.state.get(i, (torch.zeros_like(g), torch.zeros_like(g)))
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
            self.state[i] = (m, v)
            return m / (1 - b1**self.t) / ((v / (1 - b2**self.t)) ** 0.5 + 1e-8)
        square, velocity = self.state.get(i, (torch.zeros_like(g), torch.zeros_like(g)))
        square = 0.99 * square + 0.01 * g**2
        velocity = self.memory["momentum"] * velocity + g / (square**0.5 + 1e-8)
        self.state[i] = (square, velocity)
        return velocity


def gan_step(spec, generator, critic, optimisers, chance):
    """Return both weight lists after ``n_critic`` critic steps and one generator step.

    ``chance`` gives for each critic step noise [N, Z], real rows [N, D] and places [N / pack, 1].  The generator
    answers to the noise (and for paired objectives to the real rows) of the last critic step.
    """
    options = {"label_smoothing": spec.label_smoothing, "penalty": spec.penalty}
    for noise, real, places in chance:
        critic = [w.clone().requires_grad_() for w in critic]
        fake = packs(generate(noise, generator).detach(), spec.pack)
        loss = critic_loss(spec.objective, options, critic, packs(real, spec.pack), fake, places)
        critic = optimisers["critic"].move(critic, torch.autograd.grad(loss, critic))
        critic = [w.detach() for w in critic]
        if spec.clip is not None:
            critic = [torch.clamp(w, -spec.clip, spec.clip) for w in critic]
    noise, real, _ = chance[-1]
    generator = [w.clone().requires_grad_() for w in generator]
    fake, real = packs(generate(noise, generator), spec.pack), packs(real, spec.pack)
    loss = generator_loss(spec.objective, judge(fake, critic), judge(real, critic))
    for wanted, found in zip(features(real, critic).T, features(fake, critic).T, strict=True):
        loss = loss + spec.feature_matching * (wanted.mean() - found.mean()) ** 2
    generator = optimisers["generator"].move(generator, torch.autograd.grad(loss, generator))
    return [w.detach() for w in generator], critic
