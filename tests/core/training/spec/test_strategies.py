"""One name for a method and a model together, wherever a reader meets it."""

from __future__ import annotations

import re
from pathlib import Path

from core.models.catalogue import CATALOGUE
from core.results.finished_run import FinishedRun
from core.studies.benchmark.design import BenchmarkDesign
from core.studies.few_shot.design import FewShotDesign
from core.studies.learning_curve.design import CurveDesign
from core.training.spec.strategies import STRATEGIES, method_title, strategies_for
from core.workspace import Workspace
from tests.helpers import row_dataset, trained

ROOT = Path(__file__).parents[4]
"""Of the program."""


def test_a_network_that_answers_from_rows_does_not_average() -> None:
    assert str(method_title("nearest", "table-columns")) == "Nearest average"
    assert str(method_title("nearest", "in-context-table")) == "From labelled examples"
    said = STRATEGIES["nearest"].described(CATALOGUE["in-context-table"])
    assert "average" not in f"{said.full_title} {said.sentence}"


def test_every_way_a_model_can_be_trained_in_is_described_beside_it() -> None:
    for card in CATALOGUE.values():
        titles = [str(one.described(card).title) for one in strategies_for(card).values()]
        assert all(titles) and len(set(titles)) == len(titles)


def test_a_method_of_a_later_version_keeps_its_name() -> None:
    assert str(method_title("telepathy", "minilm-l6")) == "telepathy"


def test_a_run_and_what_began_with_it_say_so(workspace: Workspace) -> None:
    first = trained(workspace, row_dataset(workspace, each=4), model="in-context-table", strategy="nearest")
    assert str(FinishedRun.open(first.id, workspace).method.title) == "From labelled examples"
    assert str(method_title("nearest", f"run:{first.id}", workspace)) == "From labelled examples"


def test_studies_name_methods_beside_their_model() -> None:
    network = "in-context-table"
    said = str(FewShotDesign(network).title()) + str(CurveDesign(network, ("nearest",)).title())
    said += str(BenchmarkDesign((network,), ("nearest",)).title())
    assert "average" not in said
    assert "Nearest average" in str(BenchmarkDesign((network, "table-columns"), ("nearest",)).title())
    assert "average" not in str(FewShotDesign(network).measure)


def test_nobody_names_a_method_without_its_model() -> None:
    """`title` of a strategy alone is right with most models only."""
    sources = [path for folder in ("core", "pages") for path in (ROOT / folder).rglob("*.py")]
    named = re.compile(r"STRATEGIES\[.*\]\.(title|term|sentence)\b")
    assert [str(path) for path in sources if named.search(path.read_text(encoding="utf-8"))] == []
