"""Addresses under which there is no page lead to the first page, which says so in the reader's language."""

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit import config
from streamlit.testing.v1 import AppTest

from pages.shared.addresses import NoPageRoute
from tests.pages.conftest import APP


def location(path: str) -> str | None:
    """Where a browser is sent; None where the route leaves the address to Streamlit."""
    found = TestClient(Starlette(routes=[NoPageRoute()]), follow_redirects=False).get(path)
    return found.headers.get("location")


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/nosuch", "./?missing=nosuch"),
        ("/nosuch/", "./?missing=nosuch"),
        ("/a/b", "../?missing=a%2Fb"),
        ("/result/x", "../?missing=result%2Fx"),
        ("/%E7%BB%93%E6%9E%9C", "./?missing=%E7%BB%93%E6%9E%9C"),
        ("/" + "x" * 500, "./?missing=" + "x" * 60),
        ("/studio?run=7", "./?run=7"),
        ("/start", "./"),
        ("/", None),
        ("/result", None),
        ("/what-did-the-work?dataset=7", None),
        ("/favicon.png", None),
        ("/static/js/index.js", None),
        ("/media/abc", None),
        ("/_stcore/health", None),
        ("/result/_stcore/host-config", None),
    ],
)
def test_what_is_no_page_leads_to_the_first_one(path, leads_to):
    assert location(path) == leads_to


def test_below_a_path_that_the_server_was_told_to_answer_at(monkeypatch):
    before = st.get_option("server.baseUrlPath")
    config.set_option("server.baseUrlPath", "lab")
    try:
        assert location("/lab/nosuch") == "./?missing=nosuch"
        assert [location(path) for path in ("/lab", "/lab/result", "/elsewhere")] == [None, None, None]
    finally:
        config.set_option("server.baseUrlPath", before)


def test_the_first_page_says_what_it_does_not_know(workspace):
    page = AppTest.from_file(str(APP), default_timeout=120)
    page.query_params["missing"], page.query_params["lang"] = "<b>nosuch", "zh"
    page.run()
    assert not page.exception
    (said,) = page.toast
    assert "没有名为" in said.value and "nosuch" in said.value and "<b>" not in said.value
    assert "missing" not in page.query_params
