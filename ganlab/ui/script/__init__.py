"""The script Streamlit runs, in a folder of its own: beside ``pages/`` it would take that for pages of its kind."""
