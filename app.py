"""The door of the web front end: ``streamlit run app.py``."""

import streamlit as st
from starlette.middleware import Middleware

from ganlab.ui import api, engine, packed, presenter, rights

engine.tame_sockets()
presenter.take_key()

app = st.App(
    "ganlab/ui/script/main.py",
    routes=api.ROUTES,
    lifespan=api.lifespan,
    middleware=[Middleware(packed.Packed), Middleware(rights.Uploads)],
)
