"""Terms are explained once, and whatever a page wants to have explained is."""

from __future__ import annotations

import ast

from core.glossary import TERMS, terms
from tests.helpers import PROJECT


def asked_for() -> dict[str, list[str]]:
    """The keys that each page names, in `explain(...)` and in `terms=(...)`."""
    found = {}
    for path in sorted((PROJECT / "pages").rglob("*.py")):
        keys: list[ast.expr] = []
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "explain":
                keys += [arg for arg in node.args if isinstance(arg, ast.Constant)]
            elif isinstance(node, ast.keyword) and node.arg == "terms" and isinstance(node.value, ast.Tuple):
                keys += node.value.elts
        if keys:
            found[path.relative_to(PROJECT / "pages").as_posix()] = [ast.literal_eval(key) for key in keys]
    return found


def test_a_page_explains_only_what_is_in_the_glossary():
    pages = asked_for()
    assert {"train/train.py", "understand/score.py", "studies/few_shot.py"} <= pages.keys()
    assert [(page, key) for page, keys in pages.items() for key in keys if key not in TERMS] == []


def test_no_term_is_explained_twice_and_each_says_where_it_is_met():
    assert len({str(term.name) for term in TERMS.values()}) == len(TERMS)
    for key, term in TERMS.items():
        assert str(term.meaning).endswith(".") and str(term.where).endswith("."), key
    assert terms("loss", "epoch") == [TERMS["loss"], TERMS["epoch"]] and len(terms()) == len(TERMS)
