"""The model card in Markdown, in the sections of Mitchell et al. 2019, "Model Cards for Model Reporting".

What strangers wrote (titles, classes, findings) is escaped: it never becomes formatting, a link or a picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from core.report.again import command, public_title
from core.report.front_matter import front_matter
from core.report.limits import limits, name_some
from core.report.markup import clean
from core.report.sections.recipe import base_licence, base_name
from core.results.finished_run import Facts
from core.training.spec.recipe import options
from core.training.spec.strategies import STRATEGIES
from core.words import duration, percent, score_sentence, share_range, things, tr

_SPECIAL = re.compile(r"[\\`*_\[\]<>|~#&$@]")
_LINKED = re.compile(r"(www|https?|ftp|mailto|xmpp)([.:])", re.IGNORECASE)
_MOST_CLASSES = 50
_MOST_FINDINGS = 12


def card_markdown(facts: Facts) -> str:
    """The whole card: YAML for the Hugging Face Hub first, then words for people."""
    sections = [
        (None, _opening(facts)),
        (tr("Model details"), _details(facts)),
        (tr("Intended use"), _use(facts)),
        (tr("Data"), _data(facts)),
        (tr("Evaluation"), _evaluation(facts)),
        (tr("Limits and ethical considerations"), _limits(facts)),
        (tr("How to use it"), _how(facts)),
        (tr("How to make it again"), _again(facts)),
    ]
    parts = [front_matter(facts)]
    for title, lines in sections:
        heading = f"# {plain(facts.title)}" if title is None else f"## {title}"
        parts.append("\n\n".join([heading, *lines]))
    return "\n\n".join(parts) + "\n"


def plain(text: str, most: int = 300) -> str:
    """A stranger's text on one line of Markdown: no formatting, no HTML, no cell of its own, and no link, not even one
    that GitHub would make of a bare address."""
    one_line = " ".join(clean(text).split())
    cut = one_line if len(one_line) <= most else one_line[: most - 1] + "…"
    return _LINKED.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", cut))


def _opening(facts: Facts) -> Iterator[str]:
    yield tr("Tells {k} classes of {what} apart. Made with Finetune Lab.", k=len(facts.dataset.classes),
             what=tr("pictures") if facts.dataset.modality == "image" else tr("messages"))  # fmt: skip
    yield _score(facts)


def _score(facts: Facts) -> str:
    score = facts.seen.score
    if score is None:
        return tr("Nothing was held back to judge it, so **how good it is cannot be told**.")
    return score_sentence(score, facts.dataset.modality, plain(facts.guess) if facts.guess else None)


def _details(facts: Facts) -> Iterator[str]:
    way, licence = STRATEGIES[facts.recipe["strategy"]], base_licence(facts)
    origin = public_title(facts.chain.origin) or tr("a run that was deleted")
    chain = " → ".join([plain(origin), *(f"{plain(str(one.title))} ({STRATEGIES[one.strategy].title})"
                                         for one in facts.chain.runs)])  # fmt: skip
    rows = [
        (tr("began with"), chain),
        (tr("network"), tr("{name}, {n} parameters, {size} MB", name=plain(base_name(facts)), n=f"{facts.parameters:,}",
                           size=f"{facts.megabytes:.1f}")),
        (tr("what learnt"), f"{tr(way.title)}. {tr(way.sentence)}"),
        (tr("licence of the pretrained weights"), plain(licence) if licence else tr("none inside: it knew nothing")),
        (tr("trained"), f"{facts.created[:10]}, {duration(facts.seen.ended.seconds)}"),
        (tr("run"), f"`{facts.seen.run.id}`"),
        *((tr(option.label), plain(str(facts.recipe[name])))
          for name, option in options().items() if facts.recipe.get(name) is not None),
    ]  # fmt: skip
    yield _table((tr("what"), tr("value")), rows)


def _use(facts: Facts) -> Iterator[str]:
    what = tr("a picture") if facts.dataset.modality == "image" else tr("a message")
    yield tr("It was made for learning and for trying things out: to say which of its classes {what} like those it "
             "learnt from belongs to.", what=what)  # fmt: skip
    yield tr("**Not meant for:** decisions about people (marks, admission, health, money, access), anything where "
             "a wrong answer does harm and nobody checks, and {what} of another kind than its data.",
             what=what)  # fmt: skip


def _data(facts: Facts) -> Iterator[str]:
    dataset, taught = facts.dataset, facts.counts(facts.taught)
    yield tr("**{title}**: {n} of {k} classes. Id of the set: `{id}`.", title=plain(dataset.title),
             n=things(dataset.modality, len(dataset.examples)), k=len(dataset.classes), id=dataset.id)  # fmt: skip
    if facts.progress.started and facts.progress.started.split:
        yield plain(str(facts.progress.started.split), 1000)
    rows = [(plain(label), str(n), str(taught[label]) if facts.split else "-", str(facts.judged[label]))
            for label, n in dataset.counts.items()]  # fmt: skip
    yield from _cut_table((tr("class"), tr("examples"), tr("teach"), tr("judge")), rows)
    if facts.findings is None:
        yield tr("Nobody has looked for copies, wrong labels or shortcuts in it.")
        return
    told = facts.told[:_MOST_FINDINGS]
    if told:
        yield tr("What was found in it:")
        yield "\n".join(f"- **{plain(str(one.title))}.** {plain(str(one.explanation), 1000)}" for one in told)
    else:
        yield tr("Copies, odd files, likely wrong labels and shortcuts were looked for; none was found.")


def _evaluation(facts: Facts) -> Iterator[str]:
    score, ended, even = facts.seen.score, facts.seen.ended, facts.even
    yield _score(facts)
    if score is None:
        return
    which = tr("final test") if ended.test else tr("validation")
    measured = tr("accuracy ({which})", which=which)
    rows = [(measured, percent(score.accuracy), share_range(score.interval), f"{score.n:,}"),
            (tr("always naming the commonest class"), percent(score.baseline), "", f"{score.n:,}")]  # fmt: skip
    if folds := ended.cross_validated:
        label = tr("cross-validated accuracy ({k} folds, {r} times)", k=folds.folds, r=folds.repeats)
        rows.append((label, percent(folds.accuracy), share_range(folds.interval), f"{folds.n:,}"))
    if even:
        rows.append((tr("balanced accuracy"), percent(even.balanced_accuracy), share_range(even.balanced_interval),
                     f"{score.n:,}"))  # fmt: skip
        rows.append((tr("macro F1"), percent(even.macro_f1), share_range(even.macro_f1_interval), f"{score.n:,}"))
    yield _table((tr("measure"), tr("value"), tr("95 % interval"), tr("examples")), rows)
    yield tr("Class by class: of the examples of a class, the share that it recognised (recall); of its answers naming "
             "a class, the share that was right (precision).")  # fmt: skip
    per_class = [
        (plain(one.label), f"{one.n:,}", percent(one.recall) if one.recall is not None else "-",
         share_range(one.recall_interval) if one.recall_interval else "-",
         percent(one.precision) if one.precision is not None else "-")
        for one in facts.by_class
    ]  # fmt: skip
    yield from _cut_table((tr("class"), tr("judged"), tr("recall"), tr("95 % interval"), tr("precision")), per_class)
    if facts.sureness:
        found = facts.sureness.after or facts.sureness.before
        yield tr("Expected calibration error (10 bins of equal width): {ece} on {n} answers; chance alone would show "
                 "{chance}. Brier score (0 to 2): {brier}.", ece=percent(found.ece), n=f"{found.n:,}",
                 chance=percent(found.chance[0]), brier=f"{found.brier:.2f}")  # fmt: skip


def _limits(facts: Facts) -> Iterator[str]:
    lines = []
    for limit in limits(facts):
        named, more = name_some(limit.names)
        listed = ", ".join(plain(label, 60) for label in named) + (tr(" and {n} more", n=more) if more else "")
        values = {name: plain(value, 1000) for name, value in limit.values.items()}
        lines.append(f"- {tr(limit.text, **values, names=listed)}")
    yield "\n".join(lines)
    yield tr("Who made the examples, and whether they agreed to this use, only the person knows who brought them. A "
             "model repeats what is one-sided in its examples.")  # fmt: skip


def _how(facts: Facts) -> Iterator[str]:
    given = "picture.jpg" if facts.dataset.modality == "image" else '"a message"'
    yield tr("On a computer that has Finetune Lab and this run:")
    yield f"```bash\npython -m core predict {facts.seen.run.id} {given}\n```"


def _again(facts: Facts) -> Iterator[str]:
    yield f"```bash\n{command(facts)}\n```"
    made = facts.made_with
    if made is None:
        yield tr("With which versions it was trained was not noted.")
        return
    listed = ", ".join(f"{package} {number}" for package, number in made.versions.items())
    yield tr("Trained with Python {python}, {listed}, on {system}.", python=made.python, listed=plain(listed),
             system=plain(made.system))  # fmt: skip


def _cut_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield _table(head, rows[:_MOST_CLASSES])
    if len(rows) > _MOST_CLASSES:
        yield tr("and {n} more classes", n=len(rows) - _MOST_CLASSES)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
