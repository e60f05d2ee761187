"""The door of the web front end: ``streamlit run app.py``."""

import streamlit as st

from ganlab.ui import api, engine

engine.tame_sockets()

app = st.App("ganlab/ui/script/main.py", routes=api.ROUTES, lifespan=api.lifespan)
