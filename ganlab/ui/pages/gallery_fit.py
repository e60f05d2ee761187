"""What can be fitted to a finished member: an encoder to a GAN, a density to an autoencoder's codes, both as jobs."""

import streamlit as st

from ganlab.errors import MemberError
from ganlab.members import fitting
from ganlab.members.store import Catalogue, Entry
from ganlab.ui import deeds, jobs, parts, rights
from ganlab.ui.i18n import t
from ganlab.ui.parts.jobs_shown import jobs_shown

_JSON = ("--json", "--progress", "json")


def encoder_command(name: str) -> tuple[str, ...]:
    """Return the verb that fits an encoder to a member."""
    return jobs.verb("members", "encoder", name, *_JSON)


def density_command(name: str, new: str) -> tuple[str, ...]:
    """Return the verb that makes another member of an autoencoder and a density of its codes."""
    return jobs.verb("members", "density", name, new, *_JSON)


def show(entry: Entry, shelf: Catalogue) -> None:
    """Offer what makes sense for this member, and show what is going on."""
    going = {jobs.verb("members", what, entry.name): entry.name for what in ("encoder", "density")}
    if not any(job.live and job.command[: len(start)] == start for job in jobs.known() for start in going):
        with st.container(horizontal=True, key="gallery_fit"):
            if rights.may("measure") and _fits_encoder(entry):
                st.button(
                    t("gallery.encoder"),
                    icon=":material/search:",
                    key="gallery.encoder",
                    help=t("gallery.encoder_help"),
                    on_click=_ask,
                    args=(encoder_command(entry.name),),
                )
            made = _of_codes(entry, shelf)
            if made is not None:
                parts.link("gallery", t("gallery.density_there", name=made.name), {"gallery.member": [made.name]})
            elif rights.may("measure") and _fits_density(entry):
                _density(entry)
    jobs_shown(going, key="gallery.job")


def _fits_encoder(entry: Entry) -> bool:
    try:
        fitting.check_encoder(entry.card, shipped=entry.shipped)
    except MemberError:
        return False
    return entry.card.encoder is None


def _fits_density(entry: Entry) -> bool:
    try:
        fitting.check_density(entry.card)
    except MemberError:
        return False
    return True


def _of_codes(entry: Entry, shelf: Catalogue) -> Entry | None:
    """Return a member that draws from a density of this one's codes."""
    digest = entry.card.digest()
    made = (other for other in shelf if other.card.density is not None and digest in other.card.made_of.values())
    return next(made, None)


def _density(entry: Entry) -> None:
    with st.popover(t("gallery.density"), icon=":material/scatter_plot:"):
        st.markdown(t("gallery.density_about"))
        key = f"gallery.density_name.{entry.name}"
        new = st.text_input(t("gallery.density_name"), f"{entry.name}-gmm"[:64], max_chars=64, key=key).strip()
        st.button(
            t("gallery.density_now"),
            key="gallery.density_now",
            type="primary",
            on_click=_ask,
            args=(density_command(entry.name, new),),
        )


def _ask(command: tuple[str, ...]) -> None:
    parts.done(lambda: deeds.ask(command))
