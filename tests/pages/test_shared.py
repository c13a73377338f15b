"""What the server keeps for everybody, once."""

import streamlit as st

from core.data.dataset import Dataset
from pages.shared.current import load_dataset
from pages.shared.figures import lines, show_probabilities
from tests.helpers import picture_dataset


def test_all_sessions_look_at_one_dataset_and_not_at_copies(workspace):
    kept = picture_dataset(workspace)
    kept.save(workspace)

    first, second = load_dataset(kept.id), load_dataset(kept.id)

    assert isinstance(first, Dataset) and first.examples == kept.examples
    assert first is second


def test_a_strangers_label_is_shown_as_it_is_beside_its_bar(monkeypatch):
    drawn = []
    monkeypatch.setattr(st, "plotly_chart", lambda figure, **options: drawn.append(figure))
    show_probabilities({"<b>own</b>": 0.75, "plain": 0.25}, "key", ["<b>own</b>", "plain"])
    assert list(drawn[0].data[0].y) == ["plain", "&lt;b>own&lt;/b>"]


def test_labels_are_broken_between_words_and_between_chinese_characters():
    assert lines("Last layer only (linear probe)", 18) == ["Last layer only", "(linear probe)"]
    assert lines("仅最后一层，全部预训练模型", 12) == ["仅最后一层，", "全部预训练模", "型"]
    assert lines("EfficientNet，仅最后一层", 14) == ["EfficientNet，", "仅最后一层"], "no line begins with a comma"
    assert lines("averyverylongname", 8) == ["averyver", "ylongnam", "e"]
    assert lines("", 8) == []
