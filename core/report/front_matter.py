"""What the Hugging Face Hub reads at the top of a model card.

https://github.com/huggingface/hub-docs/blob/main/modelcard.md
"""

from __future__ import annotations

from core.report.again import hub_name
from core.report.markup import clean
from core.report.sections.recipe import base_licence
from core.results.finished_run import Facts
from core.words import percent, share_range

_TASKS = {"image": "image-classification", "text": "text-classification"}
_KNOWN_LICENCES = {
    "apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0",
    "gpl-3.0", "lgpl-3.0", "mpl-2.0", "openrail", "unlicense",
}  # fmt: skip
"""Those of https://huggingface.co/docs/hub/repositories-licenses that pretrained models commonly have."""


def front_matter(facts: Facts) -> str:
    """The block between two lines of dashes."""
    from huggingface_hub import EvalResult, ModelCardData

    task, score = _TASKS[facts.dataset.modality], facts.seen.score
    licence = (base_licence(facts) or "").lower()
    known = licence in _KNOWN_LICENCES
    results = None
    if score is not None:
        results = [
            EvalResult(
                task_type=task, dataset_type=facts.dataset.id, dataset_name=_line(facts.dataset.title),
                dataset_split=facts.judged_by, metric_type="accuracy", metric_value=round(score.accuracy, 4),
                metric_name=f"Accuracy ({score.n} examples, 95 % interval {share_range(score.interval)}, always naming "
                f"the commonest class {percent(score.baseline)})",
            )
        ]  # fmt: skip
    data = ModelCardData(
        model_name=_line(facts.title), license=(licence if known else "other") if licence else None,
        license_name=None if known or not licence else _line(licence), base_model=hub_name(facts.card.id),
        pipeline_tag=task, library_name="finetune-lab", tags=["finetune-lab", "transfer-learning", task],
        metrics=["accuracy"] if score else None, eval_results=results,
    )  # fmt: skip
    return f"---\n{data.to_yaml(line_break=chr(10))}\n---"


def _line(text: str) -> str:
    return " ".join(clean(text).split())[:200] or "untitled"
