"""The command line does what the pages do, and says what is wrong in one paragraph."""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from core.__main__ import main
from core.models import catalogue
from core.models.catalogue import BLANK, BUNDLED
from core.runs.folder import RunFolder
from core.training.spec.recipe import Recipe, applicable_options, options
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace
from tests.helpers import pictures_in_classes, png, write_tree
from tests.tiny import TINY_TEXT


@pytest.fixture
def pictures(tmp_path):
    levels = {"dark": 20, "light": 200}
    files = {f"{label}/{i}.png": png((v + i, v, 3 * i), (32, 32)) for label, v in levels.items() for i in range(8)}
    return write_tree(tmp_path / "pictures", {**files, "notes.txt": b"hello"})


@pytest.fixture
def messages(tmp_path):
    words = {"bus": "the bus was late", "lunch": "what is for lunch"}
    # Numbers would make them near-copies.
    ends = ["again", "today", "please", "friends", "monday", "outside", "maybe", "everybody"]
    rows = [f"{text} {end},{label}" for label, text in words.items() for end in ends]
    table = tmp_path / "messages.csv"
    table.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    return table


def last_json(lines: list[str]) -> dict:
    return [json.loads(line) for line in lines][-1]


# --- what is asked for comes out ---------------------------------------------------------------------------------


def test_its_threads_wait_asleep_for_each_other(cli, monkeypatch):
    """As those of workers do; set before anything imports torch, which `core.__main__` does not."""
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    assert cli("models", "--json")[0] == 0
    assert os.environ["OMP_WAIT_POLICY"] == "passive"


def test_models_lists_every_card_as_json(cli):
    status, lines, err = cli("models", "--json")
    rows = [json.loads(line) for line in lines]
    assert status == 0
    assert err == ""
    assert [row["id"] for row in rows] == [card.id for card in (*BUNDLED, *BLANK)]
    assert all({"title", "modality", "knows", "licence", "parameters", "megabytes", "examples_per_second"} <= set(row)
               for row in rows)  # fmt: skip


def test_models_without_json_is_for_reading(cli):
    status, lines, _ = cli("models")
    assert status == 0
    assert len(lines) == len((*BUNDLED, *BLANK))
    assert "Apache-2.0" in lines[0]


def test_check_accounts_for_every_file(cli, pictures):
    status, lines, _ = cli("check", pictures, "--json")
    report = last_json(lines)
    assert status == 0
    assert report["used"] + len(report["skipped"]) == 17
    assert report["classes"] == {"dark": 8, "light": 8}
    assert report["modality"] == "image"
    assert {"dataset", "splits", "proposal", "findings"} <= set(report)
    assert [set(skip) for skip in report["skipped"]] == [{"file", "reason"}]


def test_check_without_json_says_the_same(cli, pictures):
    status, lines, _ = cli("check", pictures)
    assert status == 0
    assert lines[0] == "pictures: 16 used, 1 skipped, 2 classes"
    assert any("notes.txt" in line for line in lines)


def test_columns_can_be_chosen(cli, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("text,label,mood\na,x,1\nb,x,2\n")
    assert last_json(cli("check", table, "--json", "--label-column", "mood")[1])["classes"] == {"1": 1, "2": 1}


def test_train_ends_with_one_line_that_says_it_all(cli, pictures, tiny_models):
    status, lines, _ = cli("train", pictures, "--json", "--model", "tiny-image", "--epochs", "5", "--seed", "1")
    end = last_json(lines)
    assert status == 0
    assert list(end)[:3] == ["event", "run", "reason"]
    assert (end["event"], end["reason"]) == ("run_ended", "completed")
    assert set(end["validation"]) == {"accuracy", "interval", "n", "baseline"}
    low, high = end["validation"]["interval"]
    assert 0 <= low <= end["validation"]["accuracy"] <= high <= 1
    assert end["validation"]["n"] == 4
    assert end["validation"]["baseline"] == 0.5
    assert isinstance(end["seconds"], float)
    assert RunFolder.find(end["run"], Workspace.default()).status().state == "completed"


def test_train_tells_the_whole_stream_in_json(cli, pictures, tiny_models):
    _, lines, _ = cli("train", pictures, "--json", "--model", "tiny-image", "--epochs", "3", "--seed", "1")
    events = [json.loads(line) for line in lines]
    kinds = [event["event"] for event in events]
    assert kinds.count("run_started") == 1
    assert [e["epoch"] for e in events if e["event"] == "epoch_end"] == [0, 1, 2, 3]
    assert events[kinds.index("run_started")]["recipe"]["seed"] == 1


def test_train_without_json_is_for_reading(cli, pictures, tiny_models):
    status, lines, _ = cli("train", pictures, "--model", "tiny-image", "--epochs", "3", "--title", "Night and day")
    assert status == 0
    assert any(line.startswith("Epoch 3 of 3: training") for line in lines)
    assert lines[-3].startswith("Validation set: ") and "95\u00a0% confidence interval" in lines[-3]
    assert lines[-2] == "Baseline (most frequent class): 50\u00a0%"
    assert lines[-1].startswith("Run ")


@pytest.mark.parametrize("strategy", [name for name, one in STRATEGIES.items() if one.suits(TINY_TEXT)])
def test_every_strategy_can_be_trained_from_here(cli, messages, tiny_models, strategy):
    brief = ["--epochs", "1"] if "epochs" in STRATEGIES[strategy].options else []
    status, lines, _ = cli(
        "train", messages, "--json", "--model", "tiny-text", "--strategy", strategy, *brief, "--shots", "3"
    )
    assert status == 0
    assert last_json(lines)["validation"]["n"] == 10


GIVEN = {
    "epochs": "1", "time_budget": "2.0", "learning_rate": "0.001", "batch_size": "4", "image_size": "64", "layers": "1",
    "lora_rank": "2", "masked_epochs": "3", "masked_share": "0.5",
    "augmentation": "none", "mixup": "0.5", "label_smoothing": "0.1", "class_weighting": "balanced",
    "weight_decay": "0.5", "early_stopping": "2", "regularisation": "0.5", "shots": "2", "validation_share": "0.5",
    "device": "cpu", "seed": "9",
    "classifier": "cosine", "solver": "steps", "self_training": "no", "class_names": "no",
    "turned_classes": "yes", "ways": "2", "supports": "1", "queries": "2",
}  # fmt: skip


@pytest.mark.parametrize("without", [("shots", "time_budget"), ("validation_share", "epochs")], ids=str)
@pytest.mark.parametrize("strategy", ["partial", "lora", "scratch", "episodic"])
def test_every_option_of_a_recipe_is_a_flag(cli, pictures, tiny_models, strategy, without):
    assert set(GIVEN) == set(options())
    usable = applicable_options(strategy, "image")
    given = {name: value for name, value in GIVEN.items() if name in usable and name not in without}
    flags = [part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", value)]
    status, lines, _ = cli("train", pictures, "--json", "--model", "tiny-image", "--strategy", strategy, *flags)
    assert status == 0
    folder = RunFolder.find(last_json(lines)["run"], Workspace.default())
    kept = Recipe.from_dict(folder.request["recipe"])
    assert {name: str(getattr(kept, name)) for name in given} == given


def test_several_seeds_are_summed_up_in_the_last_line(cli, pictures, tiny_models):
    status, lines, _ = cli(
        "train", pictures, "--json", "--model", "tiny-image", "--epochs", "2", "--seeds", "3", "--seed", "4"
    )
    ends = [event for event in map(json.loads, lines) if event["event"] == "run_ended"]
    last = last_json(lines)
    assert status == 0
    assert last["runs"] == [end["run"] for end in ends]
    assert last["accuracies"] == [end["validation"]["accuracy"] for end in ends]
    assert last["mean"] == pytest.approx(sum(last["accuracies"]) / 3)
    seeds = [RunFolder.find(run, Workspace.default()).request["recipe"]["seed"] for run in last["runs"]]
    assert seeds == [4, 5, 6]


@pytest.mark.parametrize("seeds", ["1", "0", "51"])
def test_a_number_of_seeds_that_makes_no_sense_is_refused(cli, pictures, tiny_models, seeds):
    status, _, err = cli("train", pictures, "--model", "tiny-image", "--seeds", seeds)
    assert_one_paragraph(status, err)


def test_find_rate_suggests_one_and_leaves_no_run(cli, pictures, tiny_models):
    status, lines, _ = cli("find-rate", pictures, "--json", "--model", "tiny-image", "--strategy", "full")
    found = last_json(lines)
    assert status == 0
    assert len(found["rates"]) == len(found["losses"]) > 10
    assert found["rates"][0] <= found["suggestion"] <= found["rates"][-1]
    assert cli("runs", "--json")[1] == []


def test_a_way_without_a_learning_rate_has_none_to_find(cli, pictures, tiny_models):
    status, _, err = cli("find-rate", pictures, "--model", "tiny-image", "--strategy", "auto")
    assert status == 2 and "has no learning rate" in err and "Traceback" not in err
    status, _, err = cli("find-rate", pictures, "--model", "tiny-image", "--strategy", "nearest")
    assert_one_paragraph(status, err)


def test_a_run_that_was_left_unfinished_goes_on(cli, pictures, tiny_models):
    run = last_json(cli("train", pictures, "--json", "--model", "tiny-image", "--epochs", "2")[1])["run"]
    folder = RunFolder.find(run, Workspace.default())
    for verb in ("pause", "stop", "resume"):
        assert_one_paragraph(*[cli(verb, run)[i] for i in (0, 2)])
    folder.end("paused")
    status, lines, _ = cli("resume", run, "--json")
    assert status == 0
    assert (last_json(lines)["run"], last_json(lines)["reason"]) == (run, "completed")
    assert folder.status().state == "completed"


def test_models_are_timed_when_asked(cli, tiny_models, monkeypatch):
    # A new dictionary: taking cards out and putting them back would turn the order round for later tests.
    monkeypatch.setattr(catalogue, "CATALOGUE", {card.id: card for card in tiny_models.values()})
    assert [json.loads(line)["examples_per_second"] for line in cli("models", "--json")[1]] == [None, None]
    assert all(json.loads(line)["examples_per_second"] > 0 for line in cli("models", "--json", "--measure")[1])


def test_lr_is_short_for_learning_rate(cli, pictures, tiny_models):
    _, lines, _ = cli("train", pictures, "--json", "--model", "tiny-image", "--epochs", "1", "--lr", "0.5")
    assert RunFolder.find(last_json(lines)["run"], Workspace.default()).request["recipe"]["learning_rate"] == 0.5


def test_a_kept_data_set_can_be_trained_on_by_its_id(cli, pictures, tiny_models):
    dataset = last_json(cli("check", pictures, "--json")[1])["dataset"]
    status, _, _ = cli("train", f"dataset:{dataset}", "--json", "--model", "tiny-image", "--epochs", "1")
    assert status == 0


def test_another_set_can_judge(cli, pictures, tiny_models, tmp_path):
    judges = write_tree(tmp_path / "judges", {f"{label}/{i}.png": png((level, i, i)) for label, level in
                        (("dark", 25), ("light", 205)) for i in range(3)})  # fmt: skip
    status, lines, _ = cli("train", pictures, "--json", "--model", "tiny-image", "--epochs", "1", "--val", judges)
    start = next(event for event in map(json.loads, lines) if event["event"] == "run_started")
    assert status == 0
    assert (start["n_train"], start["n_validation"]) == (16, 6)


def test_a_set_that_judges_itself_shares_no_example_with_what_taught(cli, pictures, tiny_models):
    """Scoring on the training pictures would look perfect and mean nothing."""
    status, lines, err = cli("train", pictures, "--json", "--model", "tiny-image", "--epochs", "1", "--val", pictures)
    if status == 0:
        start = next(event for event in map(json.loads, lines) if event["event"] == "run_started")
        assert start["n_train"] + start["n_validation"] <= 16
    else:
        assert_one_paragraph(status, err)


def test_predict_answers_with_every_probability(cli, pictures, tiny_models):
    run = last_json(cli("train", pictures, "--json", "--model", "tiny-image", "--epochs", "5")[1])["run"]
    asked = [pictures / "dark/1.png", pictures / "light/1.png", pictures / "notes.txt"]
    status, lines, _ = cli("predict", run, *asked, "--json")
    answers = [json.loads(line) for line in lines]
    assert status == 0
    assert [answer["input"] for answer in answers] == [str(path) for path in asked]
    assert set(answers[0]) - {"trained"} == {"input", "label", "probabilities"}
    assert set(answers[0]["probabilities"]) == {"dark", "light"}
    assert set(answers[2]) == {"input", "error"}
    status, lines, _ = cli("predict", run, asked[0])
    assert status == 0
    assert lines[0].startswith(f"{asked[0]}: ")


def test_predict_takes_messages_where_the_model_reads_messages(cli, messages, tiny_models):
    run = last_json(cli("train", messages, "--json", "--model", "tiny-text", "--epochs", "30")[1])["run"]
    _, lines, _ = cli("predict", run, "the bus was late 3", "--json")
    assert last_json(lines)["label"] == "bus"


def test_runs_lists_the_newest_first(cli, pictures, tiny_models):
    assert cli("runs", "--json") == (0, [], "")
    for title in ("one", "two"):
        cli("train", pictures, "--json", "--model", "tiny-image", "--epochs", "1", "--title", title)
    workspace = Workspace.default()
    RunFolder.create(workspace.runs, "train", "waits", {"dataset": "d", "recipe": {"model": "m"}})
    rows = [json.loads(line) for line in cli("runs", "--json")[1]]
    assert sorted(row["title"] for row in rows) == ["one", "two", "waits"]
    assert [row["run"] for row in rows] == sorted((row["run"] for row in rows), reverse=True)
    for row in rows:
        assert set(row) == {"run", "title", "state", "created", "validation", "recipe", "dataset", "dataset_version"}
        assert (row["validation"] is None) == (row["title"] == "waits")
        assert row["state"] == ("queued" if row["title"] == "waits" else "completed")
    status, lines, _ = cli("runs")
    assert status == 0
    assert len(lines) == 3


# --- bad input ---------------------------------------------------------------------------------------------------


def assert_one_paragraph(status: int, err: str) -> None:
    """Progress may come first ("Importing: 17 of 17 examples"); what went wrong is one line, no library's words."""
    said = [
        line for line in err.splitlines() if not re.fullmatch(r"[\w -]+: \d+ of \d+ \w+|Getting the model ready", line)
    ]
    assert len(said) == 1
    assert "Traceback" not in err
    assert status == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fly"], ["fly"]),
        ([], ["VERB"]),
        (["train", "PICTURES", "--strategy", "magic"], ["magic", "head"]),
        (["train", "PICTURES", "--model", "efficientnet"], ["efficientnet", "Did you mean 'efficientnet-lite0'"]),
        (["train", "PICTURES", "--lr", "50", "--epochs", "0"], ["Learning rate", "Epochs"]),
        (["train", "PICTURES", "--lr", "fast"], ["fast"]),
        (["train", "PICTURES", "--seed", "9" * 400], ["Seed"]),
        (["train", "PICTURES", "--image-size", "100"], ["multiple of 32"]),
        (["train", "PICTURES", "--augmentation", "light"], ["Augmentation", "no effect"]),
        (["train", "PICTURES", "--model", "minilm-l6"], ["messages", "pictures"]),
        (["train", "PICTURES", "--shots", "9"], ["dark", "9"]),
        (["train", "no/such/folder"], ["no/such/folder"]),
        (["train", "PICTURES", "--val", "no/such/folder"], ["no/such/folder"]),
        (["train", "dataset:nosuchset"], ["nosuchset"]),
        (["train", "PICTURES", "--unknown-flag"], ["unknown-flag"]),
        (["check", "no/such/folder"], ["no/such/folder"]),
        (["check", "~nosuchuser/x"], ["nosuchuser"]),
        (["check", "sample:nosuch"], ["nosuch", "digits"]),
        (["check", "MESSAGES", "--label-column", "mood"], ["mood", "text and label"]),
        (["check"], ["data"]),
        (["predict", "nosuchrun", "x.png"], ["nosuchrun"]),
        (["predict", "../..", "x.png"], ["../.."]),
        (["predict"], ["run"]),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_bad_input_is_one_paragraph_and_leaves_no_run(cli, pictures, messages, arguments, said):
    places = {"PICTURES": pictures, "MESSAGES": messages}
    status, _, err = cli(*[places.get(argument, argument) for argument in arguments])
    assert_one_paragraph(status, err)
    for part in said:
        assert part in err
    assert list(Workspace.default().runs.iterdir()) == []


def test_judges_of_other_classes_are_refused_by_name(cli, pictures, tmp_path):
    judges = write_tree(tmp_path / "judges", pictures_in_classes("dark", "purple"))
    status, _, err = cli("train", pictures, "--val", judges)
    assert_one_paragraph(status, err)
    assert "purple" in err


def test_predict_with_nothing_readable_fails(cli, pictures, tiny_models):
    run = last_json(cli("train", pictures, "--json", "--model", "tiny-image", "--epochs", "1")[1])["run"]
    status, _, err = cli("predict", run, pictures / "notes.txt")
    assert_one_paragraph(status, err)


def test_a_failed_run_is_status_one(cli, pictures, tiny_models, monkeypatch):
    def broken(self, task):
        yield from ()
        raise RuntimeError("tensor a must match tensor b")

    monkeypatch.setattr("core.training.strategies.head.Head.prepare", broken)
    status, _, err = cli("train", pictures, "--model", "tiny-image")
    assert status == 1
    assert "Something went wrong inside the program" in err


def test_help_is_help_and_not_an_error(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["train", "--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert all(f"--{name.replace('_', '-')}" in shown for name in options())


@pytest.mark.slow
def test_a_bundled_model_learns_a_small_table(cli, tmp_path, monkeypatch, real_workspace):
    monkeypatch.setenv("FINETUNE_LAB_HOME", str(real_workspace.root))
    status, lines, _ = cli("train", "sample:school-messages", "--json", "--shots", "4", "--epochs", "15")
    end = last_json(lines)
    assert status == 0
    assert end["validation"]["interval"][0] > end["validation"]["baseline"]


# --- findings, and versions of a set -----------------------------------------------------------------------------


@pytest.fixture
def checked(cli, pictures):
    """A checked set with a copy, and the JSON line of a call about it."""
    (pictures / "dark" / "copy.png").write_bytes((pictures / "dark" / "0.png").read_bytes())
    status, lines, err = cli("check", pictures, "--quick", "--json")
    assert (status, err) == (0, "")
    return last_json(lines)


def edited(cli, dataset: str, *arguments: str) -> dict:
    status, lines, err = cli("edit", f"dataset:{dataset}", *arguments, "--json")
    assert (status, err) == (0, "")
    return last_json(lines)


def test_check_tells_what_it_found_and_edit_does_what_a_finding_proposes(cli, checked):
    copies = next(finding for finding in checked["findings"] if finding["kind"] == "exact_duplicates")
    made = edited(cli, checked["dataset"], "--apply", copies["id"])
    assert made["classes"] == {"dark": 8, "light": 8}
    assert (made["version"], made["parent"]) == (2, checked["dataset"])


def test_a_finding_can_be_kept_as_it_is(cli, checked):
    copies = next(finding for finding in checked["findings"] if finding["kind"] == "exact_duplicates")
    made = edited(cli, checked["dataset"], "--apply", f"{copies['id']}:keep")
    assert made["classes"] == checked["classes"]
    assert [change["kind"] for change in made["changes"]] == ["keep"]


@pytest.mark.parametrize(
    ("arguments", "classes"),
    [
        (["--exclude", "dark/1.png", "dark/2.png"], {"dark": 7, "light": 8}),
        (["--relabel", "dark/1.png", "light", "--relabel", "dark/2.png", "new"], {"dark": 7, "light": 9, "new": 1}),
        (["--merge", "dark", "light", "all"], {"all": 17}),
        (["--merge", "dark", "night"], {"light": 8, "night": 9}),
    ],
)
def test_each_edit_does_what_it_says_and_can_be_undone(cli, checked, arguments, classes):
    made = edited(cli, checked["dataset"], *arguments)
    assert made["classes"] == classes
    for _ in made["changes"]:
        made = edited(cli, made["dataset"], "--undo", "last")
    assert made["dataset"] == checked["dataset"]


def test_a_test_set_can_be_held_back_and_is_what_a_run_is_judged_by(cli, checked, tiny_models):
    made = edited(cli, checked["dataset"], "--hold-back", "0.25")
    status, lines, _ = cli("train", f"dataset:{made['dataset']}", "--model", "tiny-image", "--epochs", "1", "--json")
    ended = last_json(lines)
    assert (status, ended["test"]["n"]) == (0, 4)
    assert ended["validation"]["n"] > 0


def test_examples_can_be_added(cli, checked, tmp_path):
    more = write_tree(tmp_path / "more", {f"{i}.png": png((250, i, 9), (32, 32)) for i in range(3)})
    status, lines, _ = cli("add", f"dataset:{checked['dataset']}", more, "--label", "red", "--burst", "--json")
    made = last_json(lines)
    assert status == 0
    assert made["classes"] == {**checked["classes"], "red": 3}
    assert (made["used"], made["version"]) == (3, 2)
    listed = [json.loads(line) for line in cli("datasets", "--json")[1]]
    assert [(row["dataset"], row["version"]) for row in listed] == [(made["dataset"], 2)]


def test_what_is_added_can_be_read_in_another_way(cli, tmp_path):
    table, more = tmp_path / "set.csv", tmp_path / "more.txt"
    table.write_text("text,label\n" + "".join(f"message {n},{'bus' if n % 2 else 'food'}\n" for n in range(8)))
    more.write_text("food\tbus\n")
    known = last_json(cli("check", table, "--json")[1])["dataset"]
    status, lines, _ = cli("add", f"dataset:{known}", more, "--json")
    assert (status, last_json(lines)["classes"]) == (0, {"bus": 5, "food": 4})
    columns = ["--text-column", "column 2", "--label-column", "column 1"]
    status, lines, _ = cli("add", f"dataset:{known}", more, *columns, "--json")
    assert (status, last_json(lines)["classes"]) == (0, {"bus": 4, "food": 5})


def test_one_class_for_all_pictures_leaves_nothing_to_be_read_from_labels(cli, checked, tmp_path):
    more = write_tree(tmp_path / "more", {"1.png": png((250, 1, 9), (32, 32))})
    status, _, error = cli("add", f"dataset:{checked['dataset']}", more, "--label", "red", "--label-level", "top")
    assert status == 2
    assert "--label" in error


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Nothing to do was named"),
        (["--exclude", "nobody.png"], "Its names are like '"),
        (["--exclude", "1.png"], "Did you mean '"),
        (["--merge", "cat", "dog"], "no class 'cat'"),
        (["--merge", "dark"], "There is no class named"),
        (["--apply", "nosuch"], "no finding 'nosuch'"),
        (["--undo", "nosuch"], "no such change"),
        (["--hold-back", "2"], "at most a half"),
    ],
)
def test_an_edit_that_cannot_be_made_is_one_paragraph(cli, checked, arguments, said):
    status, _, err = cli("edit", f"dataset:{checked['dataset']}", *arguments)
    assert status == 2
    assert said in err
    assert "Traceback" not in err


def test_remove_says_when_nothing_is_damaged(cli, checked):
    assert cli("remove") == (0, ["Nothing is damaged."], "")
    assert cli("remove", "--json") == (0, [], "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_an_answer_that_cannot_be_printed_is_said(monkeypatch, capsys):
    full = Path("/dev/full").open("w")  # noqa: SIM115 (to close it is to write what is left)
    monkeypatch.setattr(sys, "stdout", full)
    assert main(["models"]) == 2
    with suppress(OSError):
        full.close()
    assert "What is printed cannot be written: the disk is full" in capsys.readouterr().err
