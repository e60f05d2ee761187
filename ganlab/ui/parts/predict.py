"""Predict, then reveal: a question before the number, so that a class commits itself before it looks."""

from collections.abc import Mapping, Sequence

import streamlit as st

from ganlab.ui.i18n import t


def predict(key: str, question: str, choices: Mapping[str, str], right: Sequence[str], answer: str | None) -> bool:
    """Ask, let the visitor choose, and reveal what was measured; return whether it is revealed.

    Args:
        key: Of its widgets.  What the answer depends on belongs in it: another key is a new question.
        question: As Markdown.
        choices: Names of the choices and what they say, as Markdown.
        right: Names of those that are; several where they are alike, none where no choice is right.
        answer: What was measured, as Markdown, with its numbers; None as long as nobody knows.
    """
    revealed = f"{key}.revealed"
    with st.container(border=True, gap="small"):
        chosen = st.radio(
            f":material/psychology_alt: {question}",
            list(choices),
            index=None,
            format_func=lambda name: choices[name],
            key=key,
            horizontal=True,
            disabled=bool(st.session_state.get(revealed)),
            persist_state="session",
        )
        if not st.session_state.get(revealed):
            st.button(
                t("predict.reveal"),
                key=f"{key}.reveal",
                icon=":material/visibility:",
                disabled=chosen is None or answer is None,
                help=_why_not(chosen, answer),
                on_click=lambda: st.session_state.update({revealed: True}),
            )
            return False
        if chosen in right:
            st.success(f"{t('predict.right')} {answer}", icon=":material/check_circle:")
        else:
            st.info(f"{t('predict.wrong')} {answer}", icon=":material/lightbulb:")
        st.button(
            t("predict.again"),
            key=f"{key}.again",
            icon=":material/replay:",
            type="tertiary",
            on_click=lambda: st.session_state.update({revealed: False, key: None}),
        )
        return True


def _why_not(chosen: str | None, answer: str | None) -> str | None:
    """Return why nothing can be revealed yet."""
    if chosen is None:
        return t("predict.choose_first")
    return t("predict.not_yet") if answer is None else None
