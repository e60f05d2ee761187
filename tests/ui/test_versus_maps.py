"""Latent maps and the trade-off: what is drawn is what was measured, and the words are the numbers'."""

import base64
import json

import numpy as np
import pytest
from fakes import keep_member
from measurements import measurement, put
from parts_visit import healthy, visit

from ganlab.data import examples, load_dataset
from ganlab.fusion import load
from ganlab.images import from_uint8
from ganlab.members import maps, store
from ganlab.members.card import Number
from ganlab.ui.pages import versus_tradeoff


@pytest.fixture(autouse=True)
def three(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    for seed, (name, objective) in enumerate({"vera": "elbo", "gina": "hinge", "vega": "vaegan"}.items()):
        keep_member(name, seed=seed, objective=objective)


def page(view, **query):
    return visit("versus", **{f"versus__{name}": value for name, value in ({"view": view} | query).items()})


def chart(at, key):
    (found,) = [each for each in at.get("plotly_chart") if each.proto.id.endswith(key)]
    return json.loads(found.proto.spec)


def values(axis):
    """The numbers of an axis: Plotly sends arrays packed."""
    return np.frombuffer(base64.b64decode(axis["bdata"]), axis["dtype"])


def said(at):
    return "\n".join(str(each.value) for kind in ("markdown", "caption", "info") for each in at.get(kind))


def both(name, error, fid):
    numbers = {"reconstruction": Number(value=error, low=0.9 * error, high=1.2 * error), "fid": Number(value=fid)}
    put(name, measurement(numbers=numbers, floors={"fid": 0.07}))


def test_a_map_is_that_of_the_encoders_codes():
    real = examples.keep(load_dataset("digits"))
    at = healthy(page("maps"))
    for kind, name in (("vae", "vera"), ("vaegan", "vega")):
        codes = maps.codes_of(load(name), from_uint8(real.images))
        places = maps.flat(codes).places
        traces = chart(at, f"versus.map.{kind}")["data"]
        assert [trace["name"] for trace in traces] == [str(digit) for digit in range(10)]
        for digit, trace in enumerate(traces):
            assert values(trace["x"]) == pytest.approx(places[real.labels == digit, 0])
            assert values(trace["y"]) == pytest.approx(places[real.labels == digit, 1])
            assert set(trace["text"]) == {str(digit)}
        assert f"{maps.together(codes, real.labels):.0%} are of its class" in said(at)
    assert "gina has no encoder" in said(at)


def test_pictures_without_classes_are_mapped_too():
    for name, objective in (("flora", "elbo"), ("fiona", "vaegan")):
        keep_member(name, dataset="fashion_mnist", objective=objective)
    at = healthy(page("maps", vae="flora"))
    (trace,) = chart(at, "versus.map.vae")["data"]
    assert len(values(trace["x"])) == 500
    assert "of its class" not in said(at)


def test_the_trade_off_holds_all_members_with_both_numbers():
    keep_member("otto", objective="elbo")
    for name, error, fid in (("vera", 0.02, 9.0), ("vega", 0.04, 5.0), ("otto", 0.05, 6.0)):
        both(name, error, fid)
    keep_member("nora", objective="elbo")  # not measured
    at = healthy(page("tradeoff"))
    traces = {trace["text"][0].strip("</b>"): trace for trace in chart(at, "versus.both")["data"]}
    assert {name: (trace["x"][0], trace["y"][0]) for name, trace in traces.items()} == {
        "vera": (0.02, 9.0),
        "vega": (0.04, 5.0),
        "otto": (0.05, 6.0),
    }
    assert traces["vera"]["error_x"]["array"] == pytest.approx([0.004])
    assert traces["vera"]["error_x"]["arrayminus"] == pytest.approx([0.002])
    assert traces["vera"].get("error_y") is None
    assert "**vera** rebuilds real pictures most faithfully (error 0.0200)" in said(at)
    assert "samples of **vega** are nearest to them (FID 5)" in said(at)
    assert "in both numbers at once: **vega**, **vera**." in said(at)
    assert "**nora**" in said(at)
    assert any(each.label.startswith("Measure 1") for each in at.button)
    both("vera", 0.02, 4.0)
    assert "**vera** is first in both" in said(healthy(page("tradeoff")))


def test_names_stand_where_they_do_not_hide_each_other():
    places = versus_tradeoff._places(
        [(0.033, 2.6), (0.035, 2.6), (0.1, 3.0)], ["mnist-dcgan-ls", "mnist-dcgan-ns", "x"]
    )
    assert places[0] != places[1]
    assert versus_tradeoff._places([(1.0, 1.0)], ["alone"]) == ["top center"]


def test_where_nobody_rebuilds_that_is_said():
    for name in ("vera", "vega"):
        store.delete(name)
    assert "has an encoder" in said(healthy(page("tradeoff")))
