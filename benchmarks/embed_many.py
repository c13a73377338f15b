"""Embeds a kept set and prints its own peak memory in MB: `python -m benchmarks.embed_many WORKSPACE DATASET SIDE`."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.bench import PICTURES


def main(root: str, dataset_id: str, side: str) -> None:
    from core.data.dataset import Dataset
    from core.events import drain
    from core.models.catalogue import get_card
    from core.models.embeddings import embed_dataset
    from core.models.trained import load_backbone
    from core.workspace import Workspace

    workspace = Workspace(Path(root))
    dataset = Dataset.load(dataset_id, workspace)
    card = get_card(PICTURES, workspace)
    drain(embed_dataset(dataset, card, lambda: load_backbone(PICTURES, workspace), workspace, int(side)))
    print(f"{_peak_megabytes():.1f}")


def _peak_megabytes() -> float:
    """Peak resident memory of this process."""
    # Linux hands the peak of the process that started this one on to `getrusage`; the high-water mark is our own.
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main(*sys.argv[1:])
