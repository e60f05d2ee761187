"""A visit to Compare without a browser, and what is seen there."""

import json

import pyarrow as pa
from fakes import keep_member
from measurements import measurement, put
from parts_visit import visit


def keep_three(*distances):
    """Keep anna, berta and clara; with distances given, measured."""
    for seed, name in enumerate(["anna", "berta", "clara"]):
        keep_member(name, seed=seed)
    for name, fid in zip(["anna", "berta", "clara"], distances, strict=False):
        put(name, measurement(fid))


def page(**query):
    return visit("compare", **{f"compare__{name}": value for name, value in query.items()})


def shown(at):
    """What the table shows for its numbers, as a dictionary of rows by member."""
    (table,) = at.dataframe
    displayed = pa.ipc.open_stream(table.proto.arrow_data.styler.display_values).read_pandas()
    return {row["member"]: row for row in displayed.to_dict("records")}


def chart(at, key):
    (found,) = [each for each in at.get("plotly_chart") if each.proto.id.endswith(key)]
    return json.loads(found.proto.spec)


def texts(at):
    return "\n".join(str(each.value) for kind in ("markdown", "caption", "info") for each in at.get(kind))


def visit_compare():
    """The page within the app, whose links need its neighbours."""
    from streamlit.testing.v1 import AppTest

    def script():
        import streamlit as st

        from ganlab.ui import parts

        pages = parts.pages()
        own = st.Page(pages["compare"]._page, title="compare", url_path="start", default=True)
        st.navigation([own, pages["train"]])
        parts.told(pages["compare"]._page)

    return AppTest.from_function(script, default_timeout=60).run()
