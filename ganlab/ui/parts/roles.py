"""One fixed colour per role on every page, told apart by colour-blind eyes (Okabe & Ito 2008), in light and dark."""

ROLES = {
    "generator": "#d55e00",  # its loss, D(G(z)), the points it makes
    "critic": "#0072b2",
    "real": "#009e73",  # pictures, D(x), how they are rebuilt
    "code": "#cc79a7",  # its divergence from the prior
    "gradient": "#b5179e",  # what a generated point feels; darker than codes, and drawn as arrows
}
# Where several runs are laid over each other colour tells the run, and dashes tell the role.
RUNS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"]
# Members side by side; green is left to real pictures.
MEMBERS = ["#0072b2", "#d55e00", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31", "#7f7f7f", "#9467bd"]
# What kind of member: in the order in which they stand side by side.
KINDS = dict(zip(("vae", "gan", "vaegan"), MEMBERS, strict=False))
