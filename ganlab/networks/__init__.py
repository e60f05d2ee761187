"""Networks: pairs of a generator and a critic, built for a shape, by name.

An entry's ``options`` are the fields of its class with their usual values.
"""

from ganlab.family import Family, entry

NETWORKS = Family(
    "network",
    entry(
        "mlp",
        "ganlab.networks.mlp:MLP",
        "Dense layers 100-256-512-1024-pixels against pixels-1024-512-256-1: the first GAN of most courses.",
        suits="images",
        latent_dim=100,
        options={"dropout": 0.3, "minibatch_discrimination": 0},
    ),
    entry(
        "mlp-relu",
        "ganlab.networks.mlp:MLPReLU",
        "Dense layers 100-128-256-512-1024-pixels with ReLU against pixels-512-256-128-1.",
        suits="images",
        latent_dim=100,
        options={"dropout": 0.0, "minibatch_discrimination": 0},
    ),
    entry(
        "dcgan",
        "ganlab.networks.dcgan:DCGAN",
        "Transposed convolutions against strided ones: sharper, and no slower for its size.",
        suits="images",
        latent_dim=100,
        options={
            "width": 32,
            "critic_width": 32,
            "dropout": 0.3,
            "spectral_norm": False,
            "attention": False,
            "minibatch_discrimination": 0,
            "grow": 0.0,
        },
    ),
    entry(
        "resnet",
        "ganlab.networks.resnet:ResNet",
        "Residual blocks without normalisation: the strong pair, with the relativistic objective.",
        suits="images",
        latent_dim=100,
        options={"width": 16, "critic_width": 16},
    ),
    entry(
        "recurrent",
        "ganlab.networks.recurrent:Recurrent",
        "A GRU that draws a picture row by row against one that reads it: to compare, not to win.",
        suits="images",
        latent_dim=100,
        options={"width": 128, "critic_width": 128},
    ),
    entry(
        "toy",
        "ganlab.networks.toy:Toy",
        "Four dense layers of 400 against three maxout layers of 200, for points in the plane.",
        suits="points",
        latent_dim=2,
        options={"width": 400, "critic_width": 200},
    ),
)
