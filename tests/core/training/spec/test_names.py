"""What model and method of a recipe are called, wherever the model comes from."""

import pytest

from core.models import hub_files
from core.training.spec.recipe import ANY_MODEL, model_and_method
from tests.helpers import picture_dataset, trained


def names(model: str, strategy: str, workspace) -> tuple[str, ...]:
    return tuple(map(str, model_and_method({"model": model, "strategy": strategy}, workspace)))


def test_of_every_origin(workspace, tiny_models):
    run = trained(workspace, picture_dataset(workspace), title="Mine", strategy="head")
    assert names("glyphnet", "head", workspace) == ("Glyphnet", "Last layer only")
    assert names(f"run:{run.id}", "head", workspace) == ("Your own: Mine", "Last layer only")
    assert names("run:20990101-000000-abcdef", "head", workspace) == ("run:20990101-000000-abcdef", "Last layer only")
    assert names(ANY_MODEL, "auto", workspace)[0] == "Any model"
    assert names("columns", "of a later version", workspace)[1] == "of a later version"


@pytest.mark.parametrize("name", ["timm/resnet18.a1_in1k", "nobody/nothing"])
def test_nothing_is_fetched_for_a_name(workspace, monkeypatch, name):
    """A list of runs waited for the network where a model of the Hub had been deleted."""
    from core.models import hub

    monkeypatch.setattr(hub_files, "find", lambda asked: None)
    monkeypatch.setattr(hub, "fetch_about", lambda asked: pytest.fail("asked the network"))
    assert names(f"hub:{name}", "head", workspace) == (name, "Last layer only")
