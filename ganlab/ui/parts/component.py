"""Own components (version 2): a tiny inline loader, and the script itself from our route.

Inline scripts would travel with each message; a file with its hash in the address is fetched once.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_WEB = Path(__file__).parents[1] / "web"


@cache
def component(name: str, html: str, css: str | None = None, isolate: bool = True) -> Callable[..., Any]:
    """Return the mounting function of ``web/<name>.js``, which exports ``mount(context)``.

    Args:
        name: Of the script, without its ending.
        html: What it starts from; a line break inside keeps Streamlit from taking it for a path.
        css: Its style, in Streamlit's own colour variables.
        isolate: In a shadow root; Plotly needs to stand outside of one.
    """
    loader = f"""export default async (context) => {{
  const module = await import(new URL("api/web/{name}.js?v={_version()}", document.baseURI).href);
  return module.mount(context);
}}
"""
    return st.components.v2.component(f"ganlab_{name}", html=html, css=css, js=loader, isolate_styles=isolate)


@cache
def _version() -> str:
    # Of all scripts: they import each other, and change their addresses together.
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(_WEB.glob("*.js")))).hexdigest()[:12]
