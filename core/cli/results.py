"""The verbs about a finished run: score, failures, calibration, curves."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from core.cli.data import look_over
from core.cli.output import listed, note, print_json, say, tell_rivals, tell_score
from core.cli.removing import note_damages
from core.cli.verbs import Parser, Verb, takes_run
from core.data.dataset import Dataset
from core.data.findings import Finding, load_findings
from core.errors import DataError, RunError, UserError
from core.evaluation.answers import Answer
from core.evaluation.calibration import Calibration
from core.evaluation.curves import best_epoch
from core.evaluation.scores import clearly_worst
from core.evaluation.validity import caveats
from core.events import EpochEnd, Importance, Rival, Score
from core.messages import NOTHING, Message
from core.results.calibration import Reliability
from core.results.errors import Errors
from core.results.finished_run import FinishedRun
from core.results.history import Replay, before, reading
from core.results.score import on_classes, on_importance
from core.runs.folder import RunFolder
from core.runs.progress import RunProgress, follow
from core.workspace import Workspace

_MOST = 20
"""So many examples or pairs are named."""


def open_run(flags: argparse.Namespace, workspace: Workspace) -> FinishedRun:
    """The finished run that is asked for; what is damaged of it is noted. RunError when there is none."""
    run = FinishedRun.open(flags.run, workspace)
    note_damages(run.folder)
    return run


# --- score ---


def score(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Say how good a run is, how sure that is, and what was found that casts doubt on it."""
    run = open_run(flags, workspace)
    result = {"run": run.id, **_scores(run)}
    result["doubts"] = [asdict(doubt) for doubt in caveats(_findings(run.dataset, flags, workspace))]
    print_json(result) if flags.json else _tell_scores(result)
    return 0


def _findings(dataset: Dataset, flags: argparse.Namespace, workspace: Workspace) -> tuple[Finding, ...]:
    """What the data check found; it looks now if it has not."""
    known = load_findings(dataset.id, workspace)
    return known.found if known and known.complete else tuple(look_over(dataset, flags, workspace))


def _scores(run: FinishedRun) -> dict[str, Any]:
    found, folds = run.score, run.ended.cross_validated
    known: dict[str, Any] = {
        "judged_by": run.evaluated_by if found else None,
        "score": asdict(found) if found else None,
        "most_frequent": run.most_frequent,
        "cross_validated": asdict(folds) if folds else None,
        "rivals": [asdict(rival) for rival in run.ended.rivals],
        "importances": [asdict(one) for one in run.ended.importances],
    }
    with suppress(RunError):  # the answers are damaged, which was noted: the score itself is known all the same
        errors = Errors(run)
        balanced = asdict(errors.balanced) if errors.balanced else None
        missed = on_classes(errors.by_class)
        return {**known, "chosen": run.chosen, "uneven": errors.imbalanced, "balanced": balanced, "missed": missed}
    return {**known, "chosen": run.ended.chosen, "uneven": None, "balanced": None, "missed": NOTHING}


def _tell_scores(result: dict[str, Any]) -> None:
    if result["score"] is None:
        say("There is no validation set: its accuracy is not known.")
    else:
        tell_score(Score(**result["score"]), test=result["judged_by"] == "test", most_frequent=result["most_frequent"])
    if result["missed"]:
        say(result["missed"])
    if folds := result["cross_validated"]:
        say("Cross-validation: {share:percent} ({interval:percent}), n={n}, {folds} folds, {repeats} times",
            share=folds["accuracy"], interval=folds["interval"], n=folds["n"], folds=folds["folds"],
            repeats=folds["repeats"])  # fmt: skip
    tell_rivals([Rival(**rival) for rival in result["rivals"]])
    if found := [Importance(**one) for one in result["importances"]]:
        say(on_importance(found))
    if even := result["balanced"]:
        say("Balanced accuracy: {share:percent} ({interval:percent})", share=even["balanced_accuracy"],
            interval=even["balanced_interval"])  # fmt: skip
        say(
            "Macro F1: {share:percent} ({interval:percent})", share=even["macro_f1"], interval=even["macro_f1_interval"]
        )
    for doubt in result["doubts"]:
        say("But: {title}. {effect}", title=doubt["title"], effect=doubt["effect"])


# --- failures ---


def failures(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Say where a run fails: by class, by example, by kind of example, and by similarity to training examples."""
    run = open_run(flags, workspace)
    if not run.answers:
        raise RunError(Message("The run '{id}' has no validation set, so its errors are not known.", id=run.id))
    errors = Errors(run)
    result = {"run": run.id, "judged_by": run.evaluated_by, "n": len(run.answers), **_by_class(errors)}
    result["most_wrong"] = [_told(answer) for answer in errors.mistakes[:_MOST]]
    result["least_sure"] = [_told(answer) for answer in errors.least_confident[:_MOST]]
    result["kinds"] = [{**asdict(one), "clear": one.clear} for one in errors.subgroups or ()]
    result["twins"] = _twins(errors)
    if flags.json:
        print_json(result)
    else:
        _tell_failures(result)
    return 0


def _by_class(errors: Errors) -> dict[str, Any]:
    worst = clearly_worst(errors.by_class)
    return {
        "classes": [asdict(score) for score in errors.by_class], "confusion": errors.confusion.tolist(),
        "confused": [{"truth": t, "said": s, "n": n} for t, s, n in errors.confused],
        "clearly_worst": worst.label if worst else None,
    }  # fmt: skip


def _told(answer: Answer) -> dict[str, Any]:
    return {"example": answer.example, "truth": answer.truth, "said": answer.label, "sure": answer.confidence}


def _twins(errors: Errors) -> dict[str, Any] | None:
    known, examples = errors.near_duplicates, errors.run.dataset.examples
    if known is None:
        return None
    twins = known.found
    right, n, interval = twins.others
    pairs = [
        {"judged": examples[known.evaluated[p.evaluated]].name, "taught": examples[known.training[p.trained]].name,
         "likeness": p.similarity, "twin": p.near_duplicate}
        for p in twins.pairs[:_MOST]
    ]  # fmt: skip
    return {
        "count": twins.count, "threshold": twins.threshold, "more_than_usual": twins.more_than_expected,
        "without": {"right": right, "n": n, "interval": interval}, "nearest": pairs,
    }  # fmt: skip


def _tell_failures(result: dict[str, Any]) -> None:
    for score in result["classes"]:
        if score["n"]:
            say("{label}: recall {share:percent} ({interval:percent}, n={n})", label=score["label"],
                share=score["recall"], interval=score["recall_interval"], n=score["n"])  # fmt: skip
    for mistake in result["confused"][:10]:
        say("Actual {truth}, predicted {said}: {n}", truth=mistake["truth"], said=mistake["said"], n=mistake["n"])
    for kind in result["kinds"]:
        if kind["clear"]:
            say("It fails more in the subgroup “{name}” (p = {p:.3f})", name=kind["name"], p=kind["p"])
    if result["twins"] and result["twins"]["more_than_usual"]:
        say("{count} of {n} evaluated examples are near-duplicates of a training example. That is more than chance "
            "would give: the score is likely too high.", count=result["twins"]["count"], n=result["n"])  # fmt: skip
    elif result["twins"]:
        say("No more near-duplicates of training examples among the evaluated ones than chance gives")


# --- calibration ---


def calibration(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Say whether a run is right as often as it says, as it was trained and as it was corrected."""
    run = open_run(flags, workspace)
    found = run.reliability
    if found is None:
        raise UserError(
            Message("The run '{id}' has no validation set, so its calibration is not known.", id=run.id),
            Message("Add examples to its dataset and train again."),
        )
    if flags.json:
        print_json({"run": run.id, **found.to_dict()})
        return 0
    say(_correction(found))
    _tell_calibration(Message("as trained"), found.before)
    if found.after:
        _tell_calibration(Message("corrected"), found.after)
    return 0


_PARTS = {
    "fold": Message("cross-validation"), "validation": Message("the validation set"), "test": Message("the test set"),
}  # fmt: skip
_WHY_NONE = {
    "few": Message("temperature 1: {n} answers are too few to learn it from"),
    "all_right": Message(
        "temperature 1: all {n} answers were right, so how often a confident one is wrong cannot be learnt"
    ),
    "no_better": Message("temperature 1: on answers that it was not learnt from, no other one helps"),
}
_VERDICTS = {
    "few": Message("too few answers to tell"),
    "overconfident": Message("overconfident"),
    "underconfident": Message("underconfident"),
    "uneven": Message("overconfident in places, underconfident in others"),
    "calibrated": Message("well calibrated, as far as these answers tell"),
}


def _correction(found: Reliability) -> Message:
    made = found.correction
    if made.why_none:
        return _WHY_NONE[made.why_none].having(n=made.n)
    return Message("temperature {temperature:.2f}, learnt from {n} answers in {part}", temperature=made.temperature,
                   n=made.n, part=_PARTS[found.fitted_on])  # fmt: skip


def _tell_calibration(which: Message, found: Calibration) -> None:
    chance, most = found.chance
    say("{which}: {verdict}. Confidence {confidence:percent} on average, accuracy {accuracy:percent}, n={n}; ECE "
        "{ece:.3f} (10 bins of equal width; chance alone: {chance:.3f}, rarely above {most:.3f}), Brier {brier:.3f}, "
        "log loss {log_loss:.3f}",
        which=which, verdict=_VERDICTS[found.verdict], confidence=found.confidence, accuracy=found.accuracy, n=found.n,
        ece=found.ece, chance=chance, most=most, brier=found.brier, log_loss=found.log_loss)  # fmt: skip
    for one in found.bins:
        say("  confidence {confidence:percent}: {right} of {n} right, {share:percent} ({interval:percent})",
            confidence=one.confidence, right=one.right, n=one.n, share=one.accuracy,
            interval=one.interval)  # fmt: skip


# --- curves ---


def _curves_flags(parser: Parser) -> None:
    takes_run(parser)
    parser.add_argument(
        "--epoch", type=int, metavar="N", help=Message("go back to this epoch: what was right, and what had changed")
    )


def curves(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Tell a run's learning curves, say what they show, and with `--epoch` what was answered then."""
    folder = RunFolder.find(flags.run.removeprefix("run:"), workspace)
    note_damages(folder)
    progress = follow(folder.events())
    if progress.started is None or not progress.epochs:
        raise RunError(Message("The run '{id}' has no learning curve.", id=folder.id), Message("Train it to its end."))
    past = _past(folder, workspace)
    points = [_point(end, past) for end in progress.epochs]
    result = {"run": folder.id, **_read(progress), "kept_moments": past.epochs if past else []}
    if flags.epoch is not None:
        result["then"] = _then(past, flags.epoch)
    if flags.json:
        for point in points:
            print_json(point)
        print_json(result)
    else:
        _tell_curves(points, result)
    return 0


def _past(folder: RunFolder, workspace: Workspace) -> Replay | None:
    try:
        return FinishedRun.open(folder, workspace).history
    except DataError as error:  # it was deleted, or is damaged: there are the curves all the same
        note(error.message)
    except UserError:  # unfinished
        pass
    return None


def _point(end: EpochEnd, past: Replay | None) -> dict[str, Any]:
    """An epoch of the curve, and how many answers had changed since the kept epoch before it."""
    point: dict[str, Any] = {
        "epoch": end.epoch, "train_loss": end.train_loss, "train_accuracy": end.train_accuracy,
        "validation_loss": end.validation_loss, "validation_accuracy": end.validation_accuracy,
        "seconds": end.seconds,
    }  # fmt: skip
    if past is None or end.epoch not in past.epochs:
        return point
    earlier = before(past.epochs, end.epoch)
    if earlier is not None:
        change = past.change(earlier, end.epoch)
        point |= {"since": earlier, "gained": len(change.gained), "lost": len(change.lost)}
    return point


def _read(progress: RunProgress) -> dict[str, Any]:
    return {
        "best_epoch": best_epoch(progress.epochs),
        "kept_epoch": progress.ended.epoch if progress.ended else None,
        "reading": [asdict(remark) for remark in reading(progress)],
    }


def _then(past: Replay | None, epoch: int) -> dict[str, Any]:
    """The answers of a kept epoch, and which of them had just changed."""
    if past is None:
        raise RunError(Message("This run kept no epoch that one could go back to."))
    if epoch not in past.epochs:
        raise RunError(
            Message("Epoch {n} was not kept.", n=epoch),
            Message("Choose one of these: {kept}.", kept=", ".join(map(str, past.epochs))),
        )
    right, n, interval = past.accuracy(epoch)
    earlier = before(past.epochs, epoch)
    change = None if earlier is None else past.change(earlier, epoch)
    return {
        "epoch": epoch, "right": right, "n": n, "interval": interval, "confusion": past.confusion(epoch).tolist(),
        "since": earlier, "gained": _named(past, change.gained if change else ()),
        "lost": _named(past, change.lost if change else ()),
    }  # fmt: skip


def _named(past: Replay, places: tuple[int, ...]) -> list[str]:
    return [past.dataset.examples[past.examples[place]].name for place in places]


def _tell_curves(points: Sequence[dict[str, Any]], result: dict[str, Any]) -> None:
    for point in points:
        known = {"n": point["epoch"], "training": point["train_accuracy"], "loss": point["train_loss"]}
        if point["validation_accuracy"] is None:
            say("Epoch {n}: training {training:percent} (loss {loss:.3f})", **known)
        else:
            say("Epoch {n}: training {training:percent} (loss {loss:.3f}), validation {validation:percent} (loss "
                "{validation_loss:.3f})", validation=point["validation_accuracy"],
                validation_loss=point["validation_loss"], **known)  # fmt: skip
    for remark in result["reading"]:
        say(remark["message"])
    if then := result.get("then"):
        say("After epoch {n}: {right} of {total} right ({interval:percent})", n=then["epoch"], right=then["right"],
            total=then["n"], interval=then["interval"])  # fmt: skip
        say("  fixed: {names}", names=listed(then["gained"]))
        say("  broken: {names}", names=listed(then["lost"]))


VERBS = (
    Verb("score", score, Message("show the accuracy of a run, its interval, and what casts doubt on it"), takes_run),
    Verb("failures", failures, Message("show the errors of a run: which classes, examples and subgroups"), takes_run),
    Verb(
        "calibration", calibration,
        Message("say whether a run is right as often as its confidence says, and how that was corrected"), takes_run,
    ),
    Verb(
        "curves", curves, Message("show a run's learning curves, what they say, and its answers after any epoch"),
        _curves_flags,
    ),
)  # fmt: skip
