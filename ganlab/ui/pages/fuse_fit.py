"""Rules that learn: a button that lets them, how far they are, and what it brought; the work is a job's."""

import streamlit as st

from ganlab.members.card import Fit
from ganlab.ui import jobs
from ganlab.ui.i18n import t
from ganlab.ui.i18n.families import title
from ganlab.ui.pages.fuse_draw import Wish
from ganlab.ui.parts.jobs_shown import job_asked


def command(wish: Wish) -> tuple[str, ...]:
    """Return the verb that lets a wish's rule learn."""
    return jobs.verb("fuse", *wish.words(), "--fit", "--json", "--progress", "json")


def offer(wish: Wish) -> None:
    """Say that the rule has to learn first, and let it."""
    st.info(t("fuse.to_learn", rule=title("rule", wish.rule)), icon=":material/school:")
    job_asked(command(wish), t("fuse.let_learn"), t("fuse.fitting"), "fuse.fit", icon="school")


def tell(fit: Fit) -> None:
    """Say what the fit brought, on pictures that no fit has seen."""
    before, after = (fit.numbers[name].value for name in ("kid_before", "kid_after"))
    told = t("fuse.fitted", before=before, after=after, extractor=fit.extractor)
    cost = fit.numbers["candidates_per_image"].value
    st.caption(told + (" " + t("fuse.cost", cost=cost) if cost > 1 else ""))
