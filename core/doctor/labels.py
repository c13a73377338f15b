"""Labels that may be wrong.

A label is likely wrong when what the model learns from all other examples says something else, and says it clearly.
Cross-validated probabilities of a logistic regression on frozen embeddings go through confident learning (Northcutt,
Jiang & Chuang 2021; the `cleanlab` library). Of what it finds only clear cases are reported. Measured on six datasets
(166 to 1,540 examples, three draws each) with 5 % of the labels exchanged: 74 to 100 % of those reported were exchanged
ones, and 33 to 63 % of the exchanged ones were reported; as they came, the six gave 0, 0, 0, 0, 1 and 7 alarms.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.data.findings import Finding, Remedy
from core.data.splits import stratified_folds
from core.doctor.case import MOST_EXHIBITS, Case
from core.events import Event
from core.messages import NOTHING, Message, sentences

MOST_EXAMPLES, MOST_CHARACTERS = 2_000, 400_000
"""So much is embedded at most."""
LEAST_IN_CLASS = 5
"""Different examples a class must have for its labels to be checked."""
_FOLDS = 5
_MOST_FOR_OWN, _LEAST_FOR_OTHER = 0.05, 0.7
"""Probabilities of the given label and of another one."""
_LEAST_SKILL = 0.5
"""Of what there is to gain over always naming the most frequent class; with less, a model cannot correct a dataset."""
_DIMENSIONS = 128
_INVERSE_REGULARISATION = 10.0


@dataclass(frozen=True, slots=True)
class Suspect:
    """The example at `index` looks like `suggestion`, with `probability`."""

    index: int
    suggestion: str
    probability: float


def wrong_labels(case: Case) -> Iterator[Finding | Event]:
    """One finding at most; none when stopped. Yields the progress of embedding."""
    from core.models.embeddings import embed_dataset
    from core.models.trained import load_backbone  # torch, which whoever lists the jobs must not load

    chosen = sample(case)
    if not chosen or case.stop():
        return
    part = replace(case.dataset, examples=tuple(case.dataset.examples[i] for i in chosen))
    vectors = yield from embed_dataset(
        part, case.card, lambda: load_backbone(case.card.id, case.workspace), case.workspace, stop=case.stop
    )
    if vectors is None or case.stop():
        return
    found = suspects(vectors, [example.label for example in part.examples], part.clusters)
    found = [replace(suspect, index=chosen[suspect.index]) for suspect in found]
    if found:
        yield _wrong_labels(case, found, len(chosen))


def sample(case: Case) -> list[int]:
    """Indices, in order, of what is looked at: a fair share of every class that is large enough, always the same."""
    clusters = case.dataset.clusters
    ranked: list[tuple[bool, float, int]] = []
    for own in case.members.values():
        if len({clusters[i] for i in own}) >= LEAST_IN_CLASS:
            order = np.random.default_rng(0).permutation(len(own))
            ranked += [(r >= LEAST_IN_CLASS, r / len(own), own[k]) for r, k in enumerate(order)]
    chosen: list[int] = []
    characters = 0
    for _, _, i in sorted(ranked):
        characters += len(case.texts[i])
        if len(chosen) == MOST_EXAMPLES or characters > MOST_CHARACTERS:
            break
        chosen.append(i)
    return sorted(chosen)


def suspects(vectors: np.ndarray, labels: Sequence[str], clusters: Sequence[str]) -> list[Suspect]:
    """Likely wrong labels among embeddings (n, d), the clearest first. Members of one cluster vouch for no other.

    Classes with fewer than LEAST_IN_CLASS clusters are neither checked nor suggested.
    """
    different: dict[str, set[str]] = defaultdict(set)
    for label, cluster in zip(labels, clusters, strict=True):
        different[label].add(cluster)
    checked = [i for i, label in enumerate(labels) if len(different[label]) >= LEAST_IN_CLASS]
    names, targets = np.unique([labels[i] for i in checked], return_inverse=True)
    if len(names) < 2:
        return []
    _, groups = np.unique([clusters[i] for i in checked], return_inverse=True)
    probabilities = _cross_validated(_condensed(vectors[checked]), targets, groups)
    if _skill(probabilities, targets) < _LEAST_SKILL:
        return []
    probabilities = _humbled(probabilities, targets)
    own = probabilities[np.arange(len(targets)), targets]
    other, best = probabilities.argmax(axis=1), probabilities.max(axis=1)
    clear = _confident_issues(targets, probabilities) & (own <= _MOST_FOR_OWN) & (best >= _LEAST_FOR_OTHER)
    found = [Suspect(checked[k], str(names[other[k]]), float(best[k])) for k in np.flatnonzero(clear)]
    return sorted(found, key=lambda suspect: (-suspect.probability, suspect.index))


def _confident_issues(targets: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    from cleanlab.filter import find_label_issues

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return find_label_issues(targets, probabilities, filter_by="prune_by_noise_rate", n_jobs=1)


def _condensed(vectors: np.ndarray) -> np.ndarray:
    """Centred, of root mean square length 1, and in the few directions that matter: a regression takes a second."""
    centred = vectors - vectors.mean(axis=0)
    centred = centred / (np.sqrt((centred**2).sum(axis=1).mean()) + 1e-12)
    if min(centred.shape) <= _DIMENSIONS:
        return centred
    directions = np.linalg.svd(centred, full_matrices=False)[2]
    return centred @ directions[:_DIMENSIONS].T


def _cross_validated(vectors: np.ndarray, targets: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Probabilities (n, classes), each row from a model that saw neither the example nor its like."""
    from sklearn.linear_model import LogisticRegression

    probabilities = np.zeros((len(targets), int(targets.max()) + 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not quite converged is close enough
        for train, test in stratified_folds(targets, groups, _FOLDS, seed=0):
            model = LogisticRegression(C=_INVERSE_REGULARISATION, max_iter=300).fit(vectors[train], targets[train])
            probabilities[np.ix_(test, model.classes_)] = model.predict_proba(vectors[test])
            unknown = test[~np.isin(targets[test], model.classes_)]
            probabilities[unknown] = np.eye(probabilities.shape[1])[targets[unknown]]  # nothing can be said of these
    return probabilities


def _skill(probabilities: np.ndarray, targets: np.ndarray) -> float:
    baseline = np.bincount(targets).max() / len(targets)
    accuracy = (probabilities.argmax(axis=1) == targets).mean()
    return float((accuracy - baseline) / (1 - baseline))


def _humbled(probabilities: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Less certain where the answers were too certain (temperature scaling, Guo et al. 2017), never more certain."""
    logs = np.log(probabilities + 1e-6)
    rows = np.arange(len(targets))
    best, least = probabilities, np.inf
    for temperature in np.geomspace(1.0, 5.0, 17):
        powers = np.exp(logs / temperature)
        scaled = powers / powers.sum(axis=1, keepdims=True)
        surprise = -np.log(scaled[rows, targets]).mean()
        if surprise < least:
            best, least = scaled, surprise
    return best


def _wrong_labels(case: Case, found: Sequence[Suspect], looked_at: int) -> Finding:
    shown = found[:MOST_EXHIBITS]
    suggestion = {suspect.index: suspect.suggestion for suspect in shown}
    total, n = len(case.labels), len(found)
    sample_only = NOTHING
    if looked_at < total:
        sample_only = Message("To save time, {n} of {many} were checked.", n=looked_at, many=case.count(total))
    each = [
        Remedy(
            "relabel",
            Message("It is '{label}'", label=suspect.suggestion),
            case.keys([suspect.index]),
            label=suspect.suggestion,
        )
        for suspect in shown
    ]
    return Finding(
        "wrong_labels",
        "look",
        Message("{many} may have the wrong label", many=case.count(n)),
        sentences(
            Message(
                "Everything else in the dataset says that they belong elsewhere. Often a label slipped; sometimes it "
                "is right and the example is only unusual. Look at each one: you know better than the machine."
            ),
            sample_only,
        ),
        n,
        case.exhibits(suggestion, lambda i: Message("looks like '{label}'", label=suggestion[i])),
        (*each, case.leave_out(list(suggestion))),
    )
