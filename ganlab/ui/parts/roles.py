"""One fixed colour per role on every page, told apart by colour-blind eyes (Okabe & Ito 2008), in light and dark."""

ROLES = {
    "generator": "#d55e00",
    "critic": "#0072b2",
    "real": "#009e73",
    "fake": "#e69f00",
    "gradient": "#cc79a7",
}
