"""What "auto" stands for, found by measurement: the best model and method for these examples, within a time budget.

Only training examples are looked at. They are divided again and again (inner cross-validation): first every model that
fits has its last layer fitted, which costs little once its embeddings are there; then the ways to tune the best ones
are tried, in the order of what they gained on other sets (`benchmarks/evidence.py`), as far as time allows: each on
some of the divisions, and on the rest those of which it is not clear yet whether they are better. What decides is the
cross-entropy on the held-out examples, after one temperature was fitted to each candidate: with a handful of examples
it tells more than how many were right.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from core.data.dataset import Dataset
from core.data.languages import LANGUAGES, languages_of
from core.data.splits import Split
from core.errors import ModelError, RecipeError, is_out_of_memory
from core.evaluation.calibration import fit_temperature, log_probabilities, scaled
from core.evaluation.intervals import wilson
from core.events import Event, Progress, Searched, Tried
from core.hardware import measured_speed
from core.messages import NOTHING, Message, counted, sentences
from core.modalities.base import Gain
from core.models.card import ModelCard
from core.models.catalogue import RUN, cards
from core.models.text_packages import missing
from core.models.trained import KeptBackbones
from core.training.engine.cross_validation import Division, can_be_held_out, divisions, held_out
from core.training.engine.measure import measure
from core.training.spec.class_names import names_to_read
from core.training.spec.config import TrainingConfig
from core.training.spec.estimate import expected_seconds, is_timed
from core.training.spec.plan import Plan, settled
from core.training.spec.recipe import ANY_MODEL, Recipe, options
from core.training.spec.strategies import STRATEGIES, strategies_for, usual_strategy
from core.workspace import Workspace

_FOLDS = 4
_REPEATS = ((150, 3), (400, 2))
"""Up to so many examples so many divisions: the more examples, the less one division decides."""
_MOST = 2000
"""So many training examples are enough to choose by."""
_FEWEST = 40
"""Fewer are not worth leaving out."""
_TUNED = 3
"""So many models are tuned as well, if there is time."""
_ENOUGH = 16
"""Of a tuned network that was asked about fewer held-out examples too little is known for it to be taken. With half of
them, those of 16 texts, it was too often one that had been lucky."""
_LUCK = 6.0
"""A model that did worse on other sets must make these examples more likely by a factor of more than e to this. With 16
examples another one often is a little better by luck. For any number from 5 to 10 the last layer that was best in
hindsight was found in all of ten draws of SST-2, SST-5, takeaway and TREC, 8 texts of each class (65.0 %; 64.3 with a
standard error alone, and once 18 points below)."""
_FIRST = 0.5
"""The share of the budget that extracting features with all models may take."""
_TOLD_SECONDS = 1.0
"""So often it is told how much of the time is used up."""
_MOSTLY = 0.5
"""So much of what is known of the texts' languages must be one, for models that do not know it to be left out."""


@dataclass(frozen=True)
class Candidate:
    """A model and a method, as a recipe that can be trained without this search."""

    recipe: Recipe
    card: ModelCard
    config: TrainingConfig
    place: int = 0
    """Of its model in the order in which models did best on many other datasets."""

    @property
    def tunes(self) -> bool:
        return STRATEGIES[self.recipe.strategy].tunes_backbone

    @property
    def key(self) -> str:
        """Tells the candidates of one search apart."""
        return f"{self.recipe.model} {self.recipe.strategy}"

    @property
    def method(self) -> Message:
        return STRATEGIES[self.recipe.strategy].described(self.card).title

    @property
    def name(self) -> Message:
        return Message("{model}, {method}", model=self.card.title, method=self.method)

    @property
    def listed(self) -> Message:
        """The same between commas."""
        return Message("{model} ({method})", model=self.card.title, method=self.method)


@dataclass(frozen=True)
class Trial:
    """What a candidate answered on examples that it had not learnt from.

    `losses` (n,) are its cross-entropies on the pool's examples, each the mean over the repeats, and `right` (n,) how
    often it was right; NaN where it was not asked. `seconds` are those of all its trainings.
    """

    candidate: Candidate
    losses: np.ndarray
    right: np.ndarray
    seconds: float

    @property
    def asked(self) -> np.ndarray:
        return ~np.isnan(self.losses)

    def is_enough(self, counted_ones: np.ndarray) -> bool:
        """Whether so many of the examples that count, (n,) bool, were asked that it can be chosen."""
        return int((self.asked & counted_ones).sum()) >= min(_ENOUGH, int(counted_ones.sum()))

    def event(self) -> Tried:
        recipe, n = self.candidate.recipe, int(self.asked.sum())
        right = float(np.nanmean(self.right))
        return Tried(
            recipe.model, recipe.strategy, self.candidate.name, right, wilson(round(right * n), n), n,
            float(np.nanmean(self.losses)), round(self.seconds, 3),
        )  # fmt: skip


def search(
    dataset: Dataset, plan: Plan, workspace: Workspace, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, Plan | None]:
    """The plan of the best candidate for a plan whose recipe says "auto", and why; None when it was stopped.

    Yields progress, Tried for each candidate, and Searched at the end.
    """
    return (yield from _Search(dataset, plan, workspace, stop).run())


class _Search:
    def __init__(self, dataset: Dataset, plan: Plan, workspace: Workspace, stop: Callable[[], bool]) -> None:
        self.dataset, self.plan, self.workspace, self.stop = dataset, plan, workspace, stop
        self.began = time.perf_counter()
        self.budget = plan.config.time_budget or 0.0
        self.kept = KeptBackbones()
        self.trials: list[Trial] = []
        self.answers: dict[str, list[tuple[Sequence[int], np.ndarray]]] = {}
        """What each candidate answered so far, by `Candidate.key`: whom it was asked about, and probabilities."""
        self.remarks: list[Message] = []
        self.left_out: list[tuple[Candidate, float]] = []
        """Candidates for which there was no time, and the seconds that they would have taken."""
        self.unusable: dict[str, tuple[ModelCard, Exception]] = {}
        """Models that could not be loaded, or for which memory did not suffice, by id."""

    @property
    def left(self) -> float:
        """Seconds."""
        return self.budget - (time.perf_counter() - self.began)

    def run(self) -> Generator[Event, None, Plan | None]:
        models = self._models()
        frozen = [self._candidate(card, strategy) for card in models for strategy in self._cheap(card)]
        several, alone = can_be_held_out(self.dataset, self.plan.split.train)
        counts = np.unique([self.dataset.examples[i].label for i in several], return_counts=True)[1]
        if len(several) < len(alone) or len(counts) < 2:
            return self._decided(frozen[0], _TOO_FEW)
        if not (yield from self._measured(models)):
            return None
        # Of a class of which one is left there is nobody to learn it from while that one is held out.
        pool, lonely = can_be_held_out(self.dataset, self._pool(several, frozen))
        alone = sorted({*alone, *lonely})
        counts = np.unique([self.dataset.examples[i].label for i in pool], return_counts=True)[1]
        if len(counts) < 2:
            return self._decided(frozen[0], _TOO_FEW)
        folds = max(2, min(_FOLDS, int(counts.max())))
        repeats = next((repeats for most, repeats in _REPEATS if len(pool) <= most), 1)
        rounds = [
            list(divisions(self.dataset, pool, alone, folds, self.plan.recipe.seed + repeat))
            for repeat in range(repeats)
        ]
        self.place = {index: at for at, index in enumerate(pool)}
        self.fold = np.zeros(len(pool), dtype=int)
        for number, (_, held) in enumerate(rounds[0]):
            self.fold[[self.place[i] for i in held]] = number
        for candidate in frozen:
            if not (yield from self._try(candidate, [division for folds in rounds for division in folds])):
                return None
        if self.unusable and not self.trials:
            raise next(iter(self.unusable.values()))[1]
        for candidates in self._tunings():
            if not (yield from self._tune(candidates, rounds[0])):
                return None
        return (yield from self._settled())

    # --- what is tried ---

    def _models(self) -> list[ModelCard]:
        """The one that was asked for, or all that come with the program or were fetched, the usual one first. What was
        trained here may have seen the examples that evaluate."""
        if self.plan.recipe.model != ANY_MODEL:
            return [self.plan.card]
        fitting = [
            card for card in cards(self.workspace)
            if card.modality == self.dataset.modality and not card.id.startswith(RUN) and not card.blank
            and missing(card.id) is None and not 0 < card.most_classes < len(self.dataset.classes)
        ]  # fmt: skip
        language = self._language()
        strangers = [card for card in fitting if language and card.knows_language(language) is False]
        if language and 0 < len(strangers) < len(fitting):
            fitting = [card for card in fitting if card not in strangers]
            self.remarks.append(
                counted(
                    "Not tried, since it does not know {language}: {names:list}.",
                    "Not tried, since they do not know {language}: {names:list}.",
                    n=len(strangers),
                    language=LANGUAGES[language],
                    names=tuple(card.title for card in strangers),
                )
            )
        return sorted(fitting, key=lambda card: card.id != self.plan.card.id)

    def _language(self) -> str | None:
        """In which most of the training texts are; None for other kinds of examples, and where that is not known."""
        if self.dataset.kind.traits != "wording":
            return None
        counts = languages_of([str(self.dataset.payload(i)) for i in self.plan.split.train]).counts
        code, n = counts.most_common(1)[0] if counts else ("", 0)
        return code if n > _MOSTLY * counts.total() else None

    def _candidate(self, card: ModelCard, strategy: str) -> Candidate:
        """RecipeError where the method does nothing to that model."""
        named = "class_names" in STRATEGIES[strategy].options and names_to_read(self.dataset)
        asked = self.plan.recipe
        if asked.image_size == self.plan.card.input_size:  # that of the usual model is nobody's wish for another one
            asked = replace(asked, image_size=None)
        recipe = replace(
            asked, model=card.id, strategy=strategy, time_budget=None, class_names="yes" if named else None
        ).filled(card)
        order = self.dataset.kind.usual.models
        # What has learnt nothing before comes last: where it is as good as another, the other knows more.
        place = order.index(card.id) if card.id in order else len(order) + (card.parameters == 0)
        return Candidate(recipe, card, TrainingConfig.of(recipe, card), place)

    def _cheap(self, card: ModelCard) -> list[str]:
        """The strategies that leave a model as it is, its usual one first."""
        usual, possible = usual_strategy(card), strategies_for(card)
        return [usual, *(one for one in self.dataset.kind.usual.cheap if one in possible and one != usual)]

    def _tunings(self) -> Iterator[list[Candidate]]:
        """Each way to tune, of the models whose last layers did best, in the order in which they promise most: which
        way matters more than which of these models."""
        ranked = sorted(self.trials, key=lambda trial: float(np.mean(trial.losses)))
        cards = {trial.candidate.card.id: trial.candidate.card for trial in ranked}
        best = list(dict.fromkeys(cards.get(card.network, card) for card in cards.values()))[:_TUNED]
        for name in self.dataset.kind.usual.gains:
            found = []
            for card in best:
                if name in strategies_for(card):
                    with suppress(RecipeError):  # a network with one part has no upper layers
                        found.append(self._candidate(card, name))
            yield found

    def _tune(self, candidates: Sequence[Candidate], folds: Sequence[Division]) -> Generator[Event, None, bool]:
        """Try them on as many folds as tell enough, then the undecided ones on the others; False when stopped."""
        held = np.cumsum([len(division[1]) for division in folds])
        first = int(np.searchsorted(held, min(_ENOUGH, held[-1]))) + 1
        for candidate in candidates:
            # Where its features are known since the data was checked, how fast it is tuned is not.
            is_timed_here = is_timed(candidate.card, self.workspace) or self.left <= 0
            if not is_timed_here and not (yield from self._time(candidate.card)):
                return False
            some = self._affordable(candidate, folds[:first])
            if not some:
                continue
            if not (yield from self._try(candidate, some)):
                return False
        for trial in self._undecided(candidates):
            begun = len(self.answers[trial.candidate.key])
            some = self._affordable(trial.candidate, folds[begun:], is_known=True)
            if some and not (yield from self._try(trial.candidate, some)):
                return False
        return True

    def _undecided(self, candidates: Sequence[Candidate]) -> list[Trial]:
        """Those that may be the best one, or were the luckiest, the best first."""
        everyone = np.ones(len(self.place), dtype=bool)
        best = choose(self.trials, everyone, {})[0]
        keys = {candidate.key for candidate in candidates}
        mine = [trial for trial in self.trials if trial.candidate.key in keys]
        return sorted(
            (trial for trial in mine if trial is best or _about_as_good(trial, best, everyone)),
            key=lambda trial: -_gain(best, trial, everyone)[0],
        )

    def _measured(self, models: Sequence[ModelCard]) -> Generator[Event, None, bool]:
        """Time those that were never timed here; False when stopped."""
        known = {card.id for card in models}
        for card in (card for card in models if card.network not in known):
            if measured_speed(self.workspace, card.id, "embed") is None and not (yield from self._time(card)):
                return False
        return True

    def _time(self, card: ModelCard) -> Generator[Event, None, bool]:
        """Measure how fast a model embeds and is tuned; False when stopped."""
        with self._without(card):
            yield from measure(card.id, self.workspace, self.stop, self.kept.load)
        return not self.stop()

    @contextmanager
    def _without(self, card: ModelCard) -> Iterator[None]:
        """A model that cannot be loaded, or for which memory does not suffice, is left out, and the search goes on."""
        try:
            yield
        except Exception as error:
            if not isinstance(error, ModelError) and not is_out_of_memory(error):
                raise
            self.unusable[card.id] = card, error

    def _pool(self, several: Sequence[int], frozen: Sequence[Candidate]) -> list[int]:
        """The training examples to choose by: as many as all models can look at in time, and of each class the same
        share, two at least before there are any of the next class."""
        each = sum(map(self._seconds_each, {candidate.card.id: candidate for candidate in frozen}.values()))
        each *= self.dataset.effort(several) / len(several)
        most = min(_MOST, len(several), max(_FEWEST, int(_FIRST * self.budget / each)) if each else _MOST)
        if most == len(several):
            return list(several)
        rng = np.random.default_rng(self.plan.recipe.seed)
        order = rng.permutation(len(several))
        labels = np.unique([self.dataset.examples[i].label for i in several], return_inverse=True)[1][order]
        place, turn = np.zeros(len(several)), rng.permutation(labels.max() + 1)
        for label in range(len(turn)):  # 1, 1, 2, 3, ... of each class, as a share of the class
            mine = labels == label
            place[mine] = (np.maximum(np.arange(mine.sum()), 1) + 0.5) / mine.sum()
        return sorted(several[i] for i in order[np.lexsort((turn[labels], place))[:most]])

    def _seconds_each(self, candidate: Candidate) -> float:
        """What embedding one example takes, as far as that is known; of a network that another model has, too, not
        again."""
        card = candidate.card
        speeds = (measured_speed(self.workspace, one, "embed") for one in (card.id, card.network) if one)
        speed = next((speed for speed in speeds if speed), None)
        size = candidate.config.image_size or card.input_size
        return self.dataset.kind.size_cost(size, card.input_size) / speed if speed else 0.0

    def _affordable(
        self, candidate: Candidate, folds: Sequence[Division], *, is_known: bool = False
    ) -> Sequence[Division]:
        """As many of the folds as there is time for, the training in the end included. Where there is none even for
        one, that is noted of those of which nothing `is_known` yet."""
        if not folds:
            return ()
        one, final = (self._expected(candidate, split) for split in (Split(*folds[0], (), NOTHING), self.plan.split))
        for many in range(len(folds), 0, -1):
            if one is not None and final is not None and many * one + final <= self.left:
                return folds[:many]
        if not is_known:
            self.left_out.append((candidate, (one or 0.0) + (final or 0.0)))
        return ()

    def _expected(self, candidate: Candidate, split: Split) -> float | None:
        return expected_seconds(candidate.config, candidate.card, self.dataset, split, self.workspace)

    def _try(self, candidate: Candidate, divisions: Sequence[Division]) -> Generator[Event, None, bool]:
        """Ask a candidate about more held-out examples; False when stopped. One that cannot be trained (no memory, a
        loss that is no number) drops out. A tuning that takes longer than was thought is broken off where the training
        in the end would be late, and is what it was after the divisions before."""
        answers = self.answers.setdefault(candidate.key, [])
        before = next((trial for trial in self.trials if trial.candidate.key == candidate.key), None)
        others = [trial for trial in self.trials if trial is not before]
        began = time.perf_counter() - (before.seconds if before else 0.0)
        final = (self._expected(candidate, self.plan.split) or 0.0) if candidate.tunes or self.trials else -math.inf
        late = False

        def is_over() -> bool:
            nonlocal late
            late = late or self.left < final
            return late or self.stop()

        for division in divisions:
            if candidate.card.id in self.unusable:
                break
            yield self._progress()
            stream = held_out(
                self.dataset, candidate.config, candidate.card, division, self.workspace, is_over, self.kept.load
            )
            given = None
            with self._without(candidate.card):
                given = yield from self._told(stream)
            if self.stop():
                return False
            if given is None:
                if not late or not candidate.tunes:  # what stays as it is is compared on all of the examples
                    answers.clear()
                break
            answers.append((division[1], given.float().cpu().numpy()))
        self.trials = others
        if answers:
            self.trials.append(self._trial(candidate, answers, time.perf_counter() - began))
            yield self.trials[-1].event()
        elif late:
            self.left_out.append((candidate, time.perf_counter() - began + final))
        return True

    def _progress(self) -> Progress:
        return Progress("search", min(int(self.budget - self.left), int(self.budget)), int(self.budget))

    def _told(self, stream: Generator[Event, None, Tensor | None]) -> Generator[Event, None, Tensor | None]:
        """What a stream comes to. Embedding takes time, and is told; the curve of an inner training is nobody's
        business, but that time passes is."""
        told = time.perf_counter()
        while True:
            try:
                event = next(stream)
            except StopIteration as end:
                return end.value
            if isinstance(event, Progress) and event.stage == "embed":
                yield event
            elif time.perf_counter() - told > _TOLD_SECONDS:
                told = time.perf_counter()
                yield self._progress()

    def _trial(
        self, candidate: Candidate, answers: Sequence[tuple[Sequence[int], np.ndarray]], seconds: float
    ) -> Trial:
        number = {label: at for at, label in enumerate(self.dataset.classes)}
        asked = [i for held, _ in answers for i in held]
        truths = np.array([number[self.dataset.examples[i].label] for i in asked])
        places = np.array([self.place[i] for i in asked])
        given = np.concatenate([probabilities for _, probabilities in answers])
        calibrated = log_probabilities(scaled(given, fit_temperature(given, truths)))
        # No answer is believed more than so many held-out examples can vouch for.
        believed = (np.exp(calibrated) * len(asked) + 1 / len(number)) / (len(asked) + 1)
        losses = -np.log(believed[np.arange(len(asked)), truths])
        times = np.bincount(places, minlength=len(self.place)).astype(float)
        times[times == 0] = np.nan
        return Trial(
            candidate,
            np.bincount(places, losses, len(times)) / times,
            np.bincount(places, given.argmax(1) == truths, len(times)) / times,
            seconds,
        )

    # --- what is chosen ---

    def _settled(self) -> Generator[Event, None, Plan]:
        everyone, gains = np.ones(len(self.place), dtype=bool), self.dataset.kind.usual.gains
        chosen, why = choose(self.trials, everyone, gains)
        nested = np.concatenate(
            [
                choose(self.trials, self.fold != fold, gains)[0].right[self.fold == fold]
                for fold in range(self.fold.max() + 1)
            ]
        )
        nested = nested[~np.isnan(nested)]
        if not chosen.asked.all():  # of the others nothing is known that had no part in the choice
            nested = chosen.right[chosen.asked]
        plan = self._decided(chosen.candidate, why)
        yield Searched(
            plan.recipe.to_dict(), why, float(np.nanmean(chosen.right)), float(nested.mean()), len(nested),
            round(time.perf_counter() - self.began, 3), sentences(*self.remarks, self._ending()),
        )  # fmt: skip
        return plan

    def _decided(self, candidate: Candidate, why: Message) -> Plan:
        return settled(self.plan, candidate.card, candidate.recipe, why)

    def _ending(self) -> Message:
        """Why it stopped, and what was not tried."""
        unusable = [
            sentences(Message("{model} was not tried further.", model=card.title), _why_unusable(error))
            for card, error in self.unusable.values()
        ]
        return sentences(*unusable, self._not_tried())

    def _not_tried(self) -> Message:
        if not self.left_out:
            return Message("Everything that promises something was tried.")
        names = tuple(candidate.listed for candidate, _ in self.left_out)
        longest = max(seconds for _, seconds in self.left_out)
        if not longest:
            return Message("Not tried, since nothing is known of their speed: {names:list}.", names=names)
        return Message(
            "Not tried, since there was too little time left: {names:list}. With a budget of {budget:duration} there "
            "would be time: see “{option}” among the options of the training.",
            names=names,
            budget=self.budget - min(0.0, self.left) + longest,
            option=options()["time_budget"].label,
        )


_TOO_FEW = Message(
    "Too few classes have several training examples that are not copies of each other. So methods cannot be compared "
    "on parts of them, and the usual one is taken."
)


def _why_unusable(error: Exception) -> Message:
    if isinstance(error, ModelError):
        return error.problem
    return Message("There was not enough memory for it.")


def choose(trials: Sequence[Trial], counted_ones: np.ndarray, gains: Mapping[str, Gain]) -> tuple[Trial, Message]:
    """The simplest trial that is within one standard error of the best (Breiman et al. 1984), and why.

    Losses count where `counted_ones` (n,) is True. A network that stays as it is is simpler than a tuned one; yet
    before it come ways to tune that were better than the last layer of the same model on nearly every other set
    (`gains`), of models whose last layer is about as good as the best one here. Tuned ones were asked about `_ENOUGH`
    examples, or are not looked at. Among tuned ones the best is taken. Among networks that stay as they are
    none is simpler: of those that are about as good as the best, or worse by `_LUCK` at most, the one that did best on
    many other datasets is taken; and no less is asked of a tuned one that did worse there.
    With 16 to 48 examples of each of six sets that lost 0.4 points against the model that was best in hindsight, the
    smallest loss alone 1.5, and the largest accuracy 2.2. With contrastive tuning of three models as well, 12 draws of
    five sets of texts: 1.8 points behind the best of each draw, whether each was tried on two folds or on four, and 2.9
    where each was tried on one; the best single model and method, known afterwards, was 1.9 behind.
    """
    frozen = [trial for trial in trials if not trial.candidate.tunes]
    least = min(frozen, key=lambda trial: float(trial.losses[counted_ones].mean()))
    as_good = [trial for trial in frozen if _about_as_good(trial, least, counted_ones)]
    possible = [*as_good, *(trial for trial in frozen if _total_gain(trial, least, counted_ones) <= _LUCK)]
    base = min(possible, key=lambda trial: (trial.candidate.place, float(trial.losses[counted_ones].mean())))
    good_models = {trial.candidate.card.id for trial in as_good}
    gained = {id(base): 0.0}
    for trial in trials:
        if not (trial.candidate.tunes and trial.is_enough(counted_ones)):
            continue
        if trial.candidate.place <= base.candidate.place or _total_gain(base, trial, counted_ones) > _LUCK:
            gained[id(trial)] = _gain(base, trial, counted_ones)[0]
    compared = [trial for trial in trials if id(trial) in gained]
    best = max(compared, key=lambda trial: gained[id(trial)])

    def rank(trial: Trial) -> tuple[bool, bool, float]:
        gain = gains.get(trial.candidate.recipe.strategy)
        is_usual = gain and gain.is_usual and trial.candidate.card.id in good_models
        return not is_usual, trial.candidate.tunes, -gained[id(trial)]

    chosen = next(trial for trial in sorted(compared, key=rank) if _about_as_good(trial, best, counted_ones))
    models = len({trial.candidate.card.id for trial in frozen})
    tuned = len(compared) > 1
    is_best = chosen is (least if chosen is base else best)
    return chosen, _reason(chosen, base, models, tuned=tuned, is_best=is_best)


def _about_as_good(trial: Trial, best: Trial, counted_ones: np.ndarray) -> bool:
    behind, error = _gain(trial, best, counted_ones)
    return behind <= error


def _gain(one: Trial, other: Trial, counted_ones: np.ndarray) -> tuple[float, float]:
    """By how much the mean loss of `other` is smaller where both were asked, and the standard error of that."""
    both = one.asked & other.asked & counted_ones
    differences = one.losses[both] - other.losses[both]
    if len(differences) < 2:
        return 0.0, 0.0
    return float(differences.mean()), float(differences.std(ddof=1) / np.sqrt(len(differences)))


def _total_gain(one: Trial, other: Trial, counted_ones: np.ndarray) -> float:
    """By how much more likely `other` makes the examples about which both were asked, as a logarithm."""
    return _gain(one, other, counted_ones)[0] * int((one.asked & other.asked & counted_ones).sum())


_USUALLY_BEST = Message("Of several that are about as good, the one that did best on many other datasets is taken.")
_NOTHING_BETTER = Message("Nothing that was tried beyond that was clearly better.")


def _reason(chosen: Trial, base: Trial, models: int, *, tuned: bool, is_best: bool) -> Message:
    """Why a trial was chosen of so many models; `tuned` says that some were also tuned."""
    right = Message("{share:percent}", share=float(np.nanmean(chosen.right)))
    if chosen is base and chosen.candidate.card.in_context:
        beat = counted(
            "Looking at the rest of the training examples it got {right} right on parts of them; {n} model was tried.",
            "Looking at the rest of the training examples it got {right} right on parts of them. None of the {n} "
            "models that were tried was clearly better.",
            n=models, right=right,
        )  # fmt: skip
        return sentences(beat, _NOTHING_BETTER if tuned else NOTHING)
    if chosen is base:
        beat = counted(
            "It got {right} right on parts of the training examples; {n} model was tried.",
            "It got {right} right on parts of the training examples. None of the {n} models that were tried was "
            "clearly better.",
            n=models, right=right,
        )  # fmt: skip
        return sentences(beat, NOTHING if is_best else _USUALLY_BEST, _NOTHING_BETTER if tuned else NOTHING)
    return sentences(
        Message(
            "On parts of the training examples it got {right} right; on the same ones {model} without tuning got "
            "{base:percent}.",
            right=right, model=base.candidate.card.title, base=float(np.mean(base.right[chosen.asked])),
        ),
        NOTHING if is_best else _USUALLY_BEST,
    )  # fmt: skip
