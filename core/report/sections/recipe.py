"""How it was made: the model it began with, what learnt, every option, how long it took and on what."""

from __future__ import annotations

from core.models.catalogue import BLANK
from core.report.again import command, public_model, public_title
from core.report.frame import table
from core.report.markup import Html, Node, join, strange, tag, words
from core.results.finished_run import Facts
from core.runs.made_with import MadeWith
from core.training.spec.recipe import options
from core.training.spec.strategies import STRATEGIES
from core.words import duration, tr


def show_recipe(facts: Facts) -> Html:
    card, way, started = facts.card, STRATEGIES[facts.recipe["strategy"]], facts.progress.started
    began = words("It began with {chain}. {knows}", chain=chain(facts), knows=card.knows)
    rows: list[list[Node]] = [[tr("What learns"), tr(way.title)]]
    rows += [[tr(option.label), strange(str(facts.recipe[name]))]
             for name, option in options().items() if facts.recipe.get(name) is not None]  # fmt: skip
    return join(
        tag("p", began),
        tag("p", tr(way.sentence)),
        tag("p", str(started.why)) if started and started.why else None,
        table([tr("option"), tr("value")], rows),
        tag("p", words("It took {time}{where}. All that is needed to use it weighs {size} MB.",
                       time=duration(facts.seen.ended.seconds), where=_where(facts.made_with),
                       size=f"{facts.megabytes:.1f}")),
    )  # fmt: skip


def chain(facts: Facts) -> Html:
    """Where the model comes from, step by step."""
    origin = facts.chain.origin
    first = strange(public_title(origin)) if origin else tr("a run that was deleted")
    steps: list[Node] = [tag("strong", first)]
    for one in facts.chain.runs:
        said = words("{title} ({way})", title=strange(one.title), way=tr(STRATEGIES[one.strategy].title))
        steps += [" → ", said]
    return join(*steps)


def _where(made: MadeWith | None) -> str:
    if made is None:
        return ""
    processor = made.processor or tr("a processor")
    where = processor if made.device == "cpu" else made.device
    return tr(" on {where} ({cores} processor cores, {memory} GB of memory, {system})", where=where, cores=made.cores,
              memory=f"{made.memory / 1e9:.0f}", system=made.system)  # fmt: skip


def show_again(facts: Facts) -> Html:
    """The command line, the versions, and what else it takes."""
    made = facts.made_with
    begun = facts.model["parent"]
    needs = [words("The set has the id {id}, which follows from what is in it: the same files, read in anywhere, "
                   "give the same id.", id=tag("code", facts.dataset.id))]  # fmt: skip
    if facts.about.get("sample"):
        needs.append(words("It is a sample of the program: {name} reads it in.",
                           name=tag("code", f"sample:{facts.about['sample']}")))  # fmt: skip
    if facts.line.changes:
        needs.append(words("It was changed after it was read in, so the same changes have to be made."))
    if begun.startswith("run:"):
        needs.append(words("It began with another run, {id}, which has to be here.", id=tag("code", begun)))
    if facts.recipe.get("time_budget") is not None:
        needs.append(words("Time decided how long it was trained, so a faster computer trains longer."))
    if facts.seen.ended.reason == "stopped":
        needs.append(words("It was stopped by hand; this command trains to the end."))
    needs.append(_versions(made))
    return join(
        tag("p", words("On a computer that has Finetune Lab and this set:")),
        tag("pre", tag("code", _unbroken(command(facts)))),
        tag("p", words("The same seed ({seed}), set and versions give the same model on the same kind of computer; on "
                       "another one figures may differ a little.", seed=facts.recipe["seed"])),
        tag("ul", [tag("li", one) for one in needs]),
    )  # fmt: skip


def _unbroken(line: str) -> Html:
    """A command that is not broken between a flag and its value, nor inside a flag."""
    first, *flags = line.split(" --")
    return join(first, [join(" ", tag("span", f"--{flag}", class_="flag")) for flag in flags])


def _versions(made: MadeWith | None) -> Html:
    if made is None:
        return words("With which versions it was trained was not noted: the run is older than such notes.")
    listed = ", ".join(f"{package} {number}" for package, number in made.versions.items())
    return words("Trained with Python {python}, {listed}.", python=made.python, listed=listed)


def base_licence(facts: Facts) -> str | None:
    """The licence of the pretrained weights inside; None where there are none."""
    blank = {card.id for card in BLANK}
    return None if facts.card.id in blank else facts.card.licence


def base_name(facts: Facts) -> str:
    """The pretrained model inside, as others may read it."""
    return public_model(facts.card.id)
