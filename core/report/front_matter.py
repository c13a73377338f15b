"""What the Hugging Face Hub reads at the top of a model card.

https://github.com/huggingface/hub-docs/blob/main/modelcard.md
"""

from __future__ import annotations

from huggingface_hub import EvalResult, ModelCardData

from core.messages import Language, Message
from core.report.contents import Contents
from core.report.public import clean

_KNOWN_LICENCES = {
    "apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0",
    "gpl-3.0", "lgpl-3.0", "mpl-2.0", "openrail", "unlicense",
}  # fmt: skip
"""Those of https://huggingface.co/docs/hub/repositories-licenses that pretrained models commonly have."""


def front_matter(run: Contents, language: Language) -> str:
    """The block between two lines of dashes."""
    task, score = run.kind.hub_task, run.score
    licence = run.licence.lower()
    known = licence in _KNOWN_LICENCES
    results = None
    if score is not None:
        name = Message(
            "Accuracy ({n} examples, 95\u00a0% confidence interval {interval:percent}, baseline {baseline:percent})",
            n=score.n, interval=score.interval, baseline=score.baseline,
        )  # fmt: skip
        results = [
            EvalResult(
                task_type=task, dataset_type=run.dataset_id, dataset_name=_line(str(run.dataset)),
                dataset_split="test" if run.tested else "validation", metric_type="accuracy",
                metric_value=round(score.accuracy, 4), metric_name=language.render(name),
            )
        ]  # fmt: skip
    data = ModelCardData(
        model_name=_line(str(run.title)), license=(licence if known else "other") if licence else None,
        license_name=None if known or not licence else _line(licence), base_model=run.base_model,
        pipeline_tag=task, library_name="finetune-lab", tags=["finetune-lab", "transfer-learning", task],
        metrics=["accuracy"] if score else None, eval_results=results,
    )  # fmt: skip
    return f"---\n{data.to_yaml(line_break=chr(10))}\n---"


def _line(text: str) -> str:
    return " ".join(clean(text).split())[:200] or "untitled"
