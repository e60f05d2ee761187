"""The door of the web front end where ganlab is installed: ``ganlab app`` has Streamlit run this file."""

import streamlit as st

from ganlab.ui import serve

app = st.App(**serve.setting())
