"""The door of the web front end: ``streamlit run app.py``."""

import streamlit as st

from ganlab.ui import serve

app = st.App(**serve.setting())
