"""Which run a page is about: that of the dataset that is open, named by its data, model and method."""

import pytest
from streamlit.proto.Block_pb2 import Block as BlockProto
from streamlit.testing.v1.element_tree import Block

from core.data.versions import Change, change_set
from tests.core.studies.comparison.making import finished_run, messages
from tests.pages.conftest import blocks, visit, words

PAGES = ("understand/result.py", "use/try_it.py")


@pytest.fixture
def run(app, workspace, tiny_models):
    return finished_run(workspace, messages(workspace, each=20))


@pytest.mark.parametrize("script", PAGES)
def test_data_model_and_method_are_in_sight(app, run, script):
    assert ":gray-badge[tiny\\-text] :gray-badge[Last layer only]" in words(visit(app, script))


@pytest.mark.parametrize("script", PAGES)
def test_the_model_of_another_dataset_is_not_shown_as_if_it_were_of_the_open_one(app, run, workspace, script):
    other = messages(workspace, each=20, prefix="flowers")
    visit(app, "prepare/data.py", dataset=other.id)
    del app.query_params["dataset"]
    said = words(visit(app, script))
    assert "No model has been trained on “flowers” yet" in said
    visit(app, "prepare/data.py")
    assert app.session_state["dataset"] == other.id, "looking at an older model opened its dataset again"


def test_the_newest_run_of_the_open_dataset_goes_before_a_newer_one_of_another(app, run, workspace):
    other = finished_run(workspace, messages(workspace, each=20, prefix="flowers"))
    visit(app, "prepare/data.py", dataset=run.request["dataset"])
    visit(app, PAGES[0])
    assert app.session_state["run"] == run.id
    visit(app, "prepare/data.py", dataset=other.request["dataset"])
    assert "run" not in app.session_state
    del app.query_params["run"]
    visit(app, PAGES[1])
    assert app.session_state["run"] == other.id


def test_a_run_of_an_earlier_version_is_one_of_the_open_dataset(app, run, workspace):
    first = run.request["dataset"]
    second = change_set(first, [Change("hold_back", share=0.2)], workspace)
    visit(app, "prepare/data.py", dataset=second.id)
    del app.query_params["dataset"]
    said = words(visit(app, PAGES[0]))
    assert "No model has been trained" not in said and app.session_state["run"] == run.id
    assert app.session_state["dataset"] == second.id


def test_a_link_to_a_run_opens_its_dataset(app, run, workspace):
    other = messages(workspace, each=20, prefix="flowers")
    visit(app, "prepare/data.py", dataset=other.id)
    del app.query_params["dataset"]
    visit(app, PAGES[0], run=run.id)
    assert app.session_state["dataset"] == run.request["dataset"]


def containers(app) -> list[Block]:
    """Those that are no columns, expanders and the like."""
    return [block for block in blocks(app.main) if isinstance(block.proto, BlockProto)]


def test_what_can_be_done_stands_in_a_place_of_its_own_beside_which_run_it_is(app, run):
    """Long names pushed "Try it" to a line of its own."""
    visit(app, PAGES[0])
    acts = [block for block in containers(app) if [one.label for one in block.button] == ["Try it"]][-1]
    assert not acts.markdown and not acts.title


def test_figures_stand_beside_each_other_two_on_a_telephone(app, run):
    visit(app, PAGES[0])
    (grid,) = app.main.grid
    assert len(grid.metric) == len(app.metric) >= 3
    assert 2 * grid.min_column_width + 8 < 390 - 2 * 16 and grid.wrap
