"""By what evaluated examples can be told apart."""

from dataclasses import replace

from core.data.duplicates import look_at
from core.events import drain
from core.results.properties import properties_of
from tests.helpers import bare_dataset, example, picture_dataset, row_dataset


def messages(texts: list[str], names: list[str] | None = None):
    names = names or ["notes.csv"] * len(texts)
    pairs = zip(texts, names, strict=True)
    examples = [replace(example(f"{i:064x}", "ab"[i % 2]), text=t, name=n) for i, (t, n) in enumerate(pairs)]
    return bare_dataset(examples, "text")


def test_lengths_fall_into_thirds_in_their_order(workspace):
    dataset = messages(["x" * n for n in (30, 1, 2, 31, 15, 16, 3, 14, 32)])
    length = next(
        one for one in properties_of(dataset, range(9), workspace) if str(one.name) == "length of the message"
    )
    assert [length.order.index(group) for group in length.groups] == [2, 0, 0, 2, 1, 1, 0, 1, 2]
    assert all("characters" in str(name) for name in length.order)


def test_what_does_not_differ_is_not_looked_at(workspace):
    assert properties_of(messages(["same"] * 9), range(9), workspace) == []


def test_who_speaks_is_a_subgroup(workspace):
    who = ["anna", "ben"] * 4
    spoken = bare_dataset([replace(example(str(n), "xxyy"[n % 4]), source=one) for n, one in enumerate(who)])
    (speaker,) = properties_of(spoken, range(8), workspace)
    assert (str(speaker.name), list(speaker.groups)) == ("speaker or recording", who)


def test_the_source_is_told_unless_it_names_the_class(workspace):
    mixed = messages(["same"] * 8, [f"{'one' if i < 4 else 'two'}.csv row {i}" for i in range(8)])
    (source,) = properties_of(mixed, range(8), workspace)
    assert (str(source.name), source.order) == ("source", ("one.csv", "two.csv"))
    telling = messages(["same"] * 8, [f"{'ab'[i % 2]}.csv row {i}" for i in range(8)])
    assert properties_of(telling, range(8), workspace) == []


def test_looks_count_once_they_are_known(workspace):
    dataset = picture_dataset(workspace, each=8)
    indices = range(len(dataset.examples))
    assert "brightness" not in {str(one.name) for one in properties_of(dataset, indices, workspace)}
    drain(look_at(dataset, workspace))
    bright = next(one for one in properties_of(dataset, indices, workspace) if str(one.name) == "brightness")
    assert str(bright.order[0]) == "the darkest third" and set(bright.groups) == set(bright.order)


def test_rows_differ_by_their_columns(workspace):
    more = {"size": ["1", "2"], "code": [f"word {n}" for n in range(36)], "when": ["2001-02-03", "2004-05-06"]}
    dataset = row_dataset(workspace, **more)
    found = {str(one.name): one for one in properties_of(dataset, range(36), workspace)}
    assert set(found) == {"petal", "leaf", "colour", "day", "size", "when"}
    assert set(found["colour"].order) == {"red", "white", "blue"} and found["size"].order == ("1", "2")
    assert [str(group) for group in found["leaf"].order][-1] == "(missing)"
    low, middle, _ = map(str, found["petal"].order)
    assert low.startswith("at most ") and middle.startswith("more than ") and ", up to " in middle
    assert found["petal"].groups.count(found["petal"].order[0]) == 12
