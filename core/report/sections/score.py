"""How good it is, how sure one can be of that, and what casts doubt on it."""

from __future__ import annotations

from core.report.charts import interval_bar, share_cell
from core.report.frame import table
from core.report.markup import Html, bold, join, strange, tag, words
from core.results.finished_run import Facts
from core.words import percent, score_sentence, things, tr


def show_score(facts: Facts) -> Html:
    if facts.seen.score is None:
        return tag("p", in_short(facts))
    return join(_who_judged(facts), _all_scores(facts), _doubts(facts))


def in_short(facts: Facts) -> Html:
    """The score as a sentence, with what guessing would get."""
    score = facts.seen.score
    if score is None:
        return words("Nothing was held back to judge it, so **how good it is cannot be told**.")
    said = bold(score_sentence(score, facts.dataset.modality, None))
    if facts.guess is None:
        return said
    guess = words(
        "Always guessing “{guess}” would get {share}.", guess=strange(facts.guess), share=percent(score.baseline)
    )
    return join(said, " ", guess)


def _who_judged(facts: Facts) -> Html:
    ended, score = facts.seen.ended, facts.seen.score
    many = things(facts.dataset.modality, score.n if score else 0)
    if ended.test:
        said = words("{n} were kept for a final test: no choice was made by looking at them.", n=many)
    elif ended.chosen:
        said = words(
            "{n} were held back to judge. The best moment (epoch {epoch}) was picked by looking at these very "
            "examples: the score is a little too kind.",
            n=many,
            epoch=ended.epoch,
        )
    else:
        said = words("{n} were held back to judge: the model never learnt from them, and no choice was made by looking "
                     "at them.", n=many)  # fmt: skip
    return tag("p", said)


def _all_scores(facts: Facts) -> Html | None:
    score, folds, even = facts.seen.score, facts.seen.ended.cross_validated, facts.even
    if score is None:
        return None
    which = tr("final test") if facts.seen.ended.test else tr("validation")
    rows = [
        [tr("right ({which})", which=which), *_cells(score.accuracy, score.interval, score.baseline), f"{score.n:,}"]
    ]
    if facts.seen.ended.test and (watched := facts.seen.ended.validation):
        rows.append([tr("right (validation)"), *_cells(watched.accuracy, watched.interval, watched.baseline),
                     f"{watched.n:,}"])  # fmt: skip
    if folds:
        rows.append([tr("right, when others judge (cross-validation)"), *_cells(folds.accuracy, folds.interval),
                     f"{folds.n:,}"])  # fmt: skip
    if even:
        rows.append([tr("right, if every class counted the same (balanced accuracy)"),
                     *_cells(even.balanced_accuracy, even.balanced_interval), f"{score.n:,}"])  # fmt: skip
        rows.append([tr("macro F1, which also counts false alarms"), *_cells(even.macro_f1, even.macro_f1_interval),
                     f"{score.n:,}"])  # fmt: skip
    head = [tr("what"), tr("share (may really be)"), tr("from 0 to 100\u00a0%"), tr("guessing"), tr("examples")]
    notes = [words("The dot is what was measured; with many more such examples it would lie somewhere on the thick "
                   "line, or in the range in brackets (95\u00a0% sure). The dotted line is what guessing "
                   "would get.")]  # fmt: skip
    if folds:
        notes.append(words(
            "For cross-validation all examples were divided into {k} parts, {times}, and each part judged a model that "
            "learnt from the others: how well this way of training does, whoever judges.",
            k=folds.folds, times=tr("once") if folds.repeats == 1 else tr("{n} times", n=folds.repeats),
        ))  # fmt: skip
    return join(table(head, rows), [tag("p", note, class_="soft") for note in notes])


def _cells(share: float, interval: tuple[float, float], baseline: float | None = None) -> list[str | Html]:
    guess = "" if baseline is None else percent(baseline)
    return [share_cell(share, interval), interval_bar(share, interval, baseline), guess]


def _doubts(facts: Facts) -> Html | None:
    if not facts.doubts:
        return None
    listed = [
        tag("li", tag("strong", strange(str(doubt.title)), "."), " ", strange(str(doubt.effect)))
        for doubt in facts.doubts
    ]
    return tag("div", tag("h3", tr("Before you trust this score")), tag("ul", listed), class_="box warn")
