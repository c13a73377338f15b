"""A link to what is bad, gone or not finished says so, and never shows what somebody else did."""

import shutil

import pytest

from core.library.bin import delete
from core.runs.folder import RunFolder
from tests.core.studies.comparison.making import finished_run, messages
from tests.pages.conftest import visit, words

PAGES = {
    "studio/studio.py": "dataset",
    "prepare/data.py": "dataset",
    "train/train.py": "dataset",
    "studies/few_shot.py": "dataset",
    "studies/transfer.py": "dataset",
    "understand/result.py": "run",
    "use/try_it.py": "run",
}
BAD = ["../../etc/passwd", "20990101-000000-abcdef", "<script>"]


@pytest.fixture
def somebody(app, workspace, tiny_models) -> RunFolder:
    """A run that another person of the room finished."""
    return finished_run(workspace, messages(workspace, each=20))


def only_says_so(app) -> bool:
    """In the page itself: the choice of a language stands beside it."""
    said = words(app)
    return "cannot be shown" in said and "20 messages" not in said and not app.main.button and not app.main.selectbox


@pytest.mark.parametrize(("script", "kind"), PAGES.items())
@pytest.mark.parametrize("bad", BAD)
def test_a_bad_link_says_so(app, somebody, script, kind, bad):
    page = visit(app, script, **{kind: bad})
    assert only_says_so(page) and page.title, "what cannot be shown is said below the title of the page"


def test_a_link_to_entries_or_a_batch_that_are_gone_says_so(app, somebody):
    said = words(visit(app, "keep/project.py", items=f"{somebody.id},20990101-000000-abcdef"))
    assert "1 entry that the link names is not here any more" in said
    said = words(visit(app, "use/try_it.py", run=somebody.id, batch="20990101-000000-abcdef"))
    assert "batch prediction that the link names is not here any more" in said


def test_a_link_to_an_evaluation_that_is_gone_says_so(app, somebody, workspace):
    other = finished_run(workspace, messages(workspace, each=20), recipe={"seed": 7})
    asked = {"runs": f"{somebody.id},{other.id}", "on": "20990101-000000-abcdef"}
    assert "evaluation that the link names is not here any more" in words(visit(app, "studies/comparison.py", **asked))


def test_a_link_to_what_is_in_the_bin_says_so_by_its_name(app, somebody, workspace):
    dataset = somebody.request["dataset"]
    delete([somebody.id, dataset], workspace)
    for script, asked in (("understand/result.py", {"run": somebody.id}), ("prepare/data.py", {"dataset": dataset})):
        said = words(visit(app, script, **asked))
        assert (
            "is in the bin\\. Restore it in the Library" in said or "is in the bin. Restore it in the Library" in said
        )


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("script", ["train/train.py", "studio/studio.py"])
def test_a_bad_run_where_runs_are_watched_says_so(app, somebody, script, bad):
    assert only_says_so(visit(app, script, run=bad))


def test_what_this_session_looked_at_and_somebody_deleted_says_so_once(app, somebody, workspace):
    mine = finished_run(workspace, messages(workspace, each=20, prefix="mine"), recipe={"seed": 7})
    visit(app, "understand/result.py", run=mine.id)
    shutil.rmtree(mine.path)

    assert only_says_so(visit(app, "understand/result.py", run=""))
    assert "cannot be shown" not in words(visit(app, "understand/result.py", run=""))


@pytest.mark.parametrize("script", ["understand/result.py", "use/try_it.py"])
def test_a_run_without_a_model_leads_to_the_run_itself(app, somebody, workspace, script):
    running = RunFolder.create(workspace.runs, "train", "mine", somebody.request)

    said = words(visit(app, script, run=running.id))

    assert "This run has no model" in said
    assert not app.main.button and app.query_params["run"] == running.id
