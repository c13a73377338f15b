"""What the server keeps for everybody, once."""

from core.data.dataset import Dataset
from pages.shared.current import load_dataset
from tests.helpers import picture_dataset


def test_all_sessions_look_at_one_dataset_and_not_at_copies(workspace):
    kept = picture_dataset(workspace)
    kept.save(workspace)

    first, second = load_dataset(kept.id), load_dataset(kept.id)

    assert isinstance(first, Dataset) and first.examples == kept.examples
    assert first is second
