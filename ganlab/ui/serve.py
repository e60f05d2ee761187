"""What the server of the pages is made of; both doors start the same: ``app.py`` of a checkout, ``ganlab app``."""

from pathlib import Path
from typing import Any

from starlette.middleware import Middleware

from ganlab.ui import api, engine, packed, presenter, rights


def setting() -> dict[str, Any]:
    """Prepare this process to serve, and return what ``st.App`` takes."""
    engine.tame_sockets()
    presenter.take_key()
    return {
        "script_path": Path(__file__).with_name("script") / "main.py",
        "routes": api.ROUTES,
        "lifespan": api.lifespan,
        "middleware": [Middleware(packed.Packed), Middleware(rights.Uploads)],
    }
