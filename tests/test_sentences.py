"""Every sentence a person can read is a message: found by walking the source, not by hoping that somebody looks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from core.catalogues import KEYWORDS, Text, all_texts, fields
from tests.helpers import PROJECT

_WORDS = re.compile(r"[A-Za-z]{2,}[,;:.]? [A-Za-z]{2,}")
"""Two words beside each other: what no key, name or format has."""
_SHOWN = re.compile(
    "badge|button|camera_input|caption|checkbox|code|download_button|error|expander|file_uploader|form_submit_button|"
    "header|image|info|link_button|markdown|metric|multiselect|number_input|page_link|pills|popover|progress|radio|"
    "segmented_control|select_slider|selectbox|slider|spinner|status|subheader|success|tabs|text|text_area|text_input|"
    "title|toast|toggle|warning|write"
)
"""What Streamlit shows words with; they are the first argument, or one of these:"""
_SHOWN_BY_NAME = ("label", "help", "placeholder", "alt", "caption", "text", "body")
_FOR_PROGRAMMERS = ("ValueError", "TypeError", "KeyError", "RuntimeError", "NotImplementedError", "AssertionError")
TECHNICAL: dict[str, str] = {
    "core/cache.py": "insert or replace|from vectors|id, vector|pragma|create table",
    "core/catalogues.py": "finetune lab|to translate|^# Sentences of|^the (repository's issues|developers)$",
    "core/classroom/access.py": "default-src",
    "core/classroom/phone.py": "default-src|connect-src",
    "core/classroom/tls.py": "^Finetune Lab$",
    "core/cli/data.py": "^python -m core|^--label-column NAME",
    "core/cli/lessons.py": "^python -m core",
    "core/cli/output.py": "^python -m core",
    "core/cli/project.py": "^project save$",
    "core/cli/removing.py": "^python -m core",
    "core/cli/training.py": "^python -m core",
    "core/cli/verbs.py": r"\(\?P<",
    "core/cli/trying.py": "^python -m core|--undo last",
    "core/data/readers/annotated.py": "^external id$",
    "core/data/readers/annotation_files.py": "^Pascal VOC$",
    "core/data/readers/markup.py": "doctype html",
    "core/data/readers/recognition.py": "^git lfs pull$",
    "core/data/readers/tool_documents.py": "^VGG Image Annotator$",
    "core/data/readers/tool_records.py": "^(Label Studio|Create ML|SageMaker, Rekognition|Vertex AI|Labeled Data|"
    "External ID)$",
    "core/data/readers/totals.py": "total|suma końcowa|genel toplam",
    "core/data/samples.py": "^(sepal|petal) (length|width)$|^Mensajes al colegio$",
    "core/errors.py": "out of memory|not enough memory|allocate memory",
    "core/export/hub.py": "^\\nimport json",
    "core/export/licences.py": "Finetune Lab developers|its authors|Microsoft|ONNX Runtime|Hugging Face",
    "core/export/page.py": "default-src",
    "core/export/proof.py": "import json, pathlib",
    "core/export/script.py": "class UnreadableExampleError|def Message|^from __future__|^SAID: dict",
    "core/export/web/hatch_build.py": "^import sys|^Built without",
    "core/models/backbone.py": "below the layers",
    "core/models/backbones/sentence.py": "^a few words$",
    "core/models/backbones/two_layer.py": "ready features|hidden layer",
    "core/modalities/text.py": "a message of usual length",
    "core/models/hub_files.py": "^hf auth login$",
    "core/report/render.py": "default-src",
    "core/report/replay.py": r"\.tt[cf]$",
    "core/serve/app.py": "default-src|base-uri",
    "core/serve/asking.py": "^python -m core|curl |import json|inputs",
    "core/serve/questions.py": "^Too many files$|inputs",
    "pages/keep/library.py": "^YYYY-MM-DD",
    "core/report/reproduce.py": "^import hashlib|^DATASET =|^def show|^EXPECTED =|# where the examples are",
    "pages/shared/allowed_hosts.py": "^Not Found$",
    "pages/shared/downloads.py": "^Not Found$",
    "pages/shared/live_chart.py": r"export default function|^\n\.curves|div class",
    "pages/shared/live_model.py": "iframe|const COLOURS|^Not Found$|max-age",
    "pages/shared/main.py": "^Finetune Lab$",
    "pages/shared/pages.py": "export default function",
    "pages/shared/projector.py": "export default function",
    "pages/shared/services.py": "max-age",
    "pages/shared/wall.py": "^Not Found$|max-age",
    "pages/shared/window.py": "export default function",
    "pages/studies/episode.py": "top center",
    "core/runs/made_with.py": "model name|/proc/cpuinfo",
    "core/workspace.py": "^python -m core",
}
"""Literals that look like sentences and are none (SQL, what a library says, a command), as a pattern for each file."""


OLD_WORDS = (
    r"\b(I|[Ww]e|[Uu]s|[Oo]urs?)\b|\bjudg(e[ds]?|ing)\b|\bteach(es|ing)?\b|\btaught\b|\bgets right\b|"
    r"\b[Gg]uessing (would|gets)|\bmay really be\b|\bhow sure\b|\brecipe|\bcommonest\b|\bmend(ed|ing)?\b|"
    r"\bfine as it is\b|\bticked\b|\b(left|leaves?|leave [a-z ]{1,20}) out\b|\bh[eo]ld back\b|\b[Cc]hoose for me\b|"
    r"\bknows? nothing\b|network of (the )?textbooks|\b(has|have|had) (not )?(seen|read)\b|\bweigh the classes\b|"
    r"\blittle exam\b|\bgo(es)? on\b|\bwas it luck\b|\bhow good it is\b|\bwhere it fails\b|\bhow it learnt\b|"
    r"\btime machine\b|\btake it with you\b|\bwhat kinds\b|\btoo alike\b|\btwins\b|\blikeness\b|\bmost wrong\b|"
    r"\bby heart\b|\bmemoris|\bcan be believed\b|\bbolder\b|\bmilder\b|\bhangs on\b|\bspeaks for\b|\bwhere they part\b|"
    r"\b[Rr]ace\b|\bin front\b|\btoo kind\b|\b[Ww]inner\b|\bused harder\b|\bforetold\b|\bdividing lines\b|"
    r"\bafter centring\b|\bfind out\b|\btells apart\b|\basked about\b|\bask (it|several)\b|\bless like\b|"
    r"\bstill (gets?|got) an answer\b|\bdraws\b|\blook(ing)? through\b|\banew\b"
)
"""What the screen said before it spoke as the field does: a pattern of what no sentence may hold."""
LONGEST = 28
"""Words in a sentence. A fourteen-year-old reads what is shorter without going back to its beginning."""


def sources() -> list[Path]:
    """All but what is taken away: a script that leaves the program has no catalogue, and speaks English."""
    all_of_them = sorted([*(PROJECT / "core").rglob("*.py"), *(PROJECT / "pages").rglob("*.py")])
    return [path for path in all_of_them if "standalone" not in path.parts]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def _trees_are_forgotten() -> Iterator[None]:
    """They are large, and every later look for garbage would go through them."""
    yield
    tree.cache_clear()


@cache
def texts() -> list[Text]:
    return list(all_texts())


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _passed_over(tree: ast.Module) -> set[ast.AST]:
    """Docstrings, texts of messages, and what only a programmer reads."""
    over: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            over.add(node.value)
        elif isinstance(node, ast.Call) and called(node) in KEYWORDS:
            over |= set(node.args[: KEYWORDS[called(node)]])
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and called(node.exc) in _FOR_PROGRAMMERS:
            over |= set(ast.walk(node.exc))
        elif isinstance(node, ast.Assert) and node.msg is not None:
            over |= set(ast.walk(node.msg))
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "source":  # a paper is called as it is
            over.add(node.value)
    return over


@cache
def sentences_in(path: Path) -> list[str]:
    """Literals that read like a sentence, and words that Streamlit is given to show, where neither is a message."""
    over, technical = _passed_over(tree(path)), TECHNICAL.get(name_of(path))
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in over:
            if _WORDS.search(node.value) and not (technical and re.search(technical, node.value, re.I)):
                found.append(f"{name_of(path)}:{node.lineno}: {node.value[:60]!r}")
        elif isinstance(node, ast.Call) and "pages" in path.parts and _SHOWN.fullmatch(called(node)):
            given = [*node.args[:1], *(word.value for word in node.keywords if word.arg in _SHOWN_BY_NAME)]
            found += [f"{name_of(path)}:{one.lineno}: shows {ast.unparse(one)[:60]}" for one in given if _is_bare(one)]
    return found


def _is_bare(node: ast.expr) -> bool:
    """A literal or an f-string with letters of its own."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    own = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return any(re.search(r"[A-Za-z]{2,}", re.sub(r":material/\w*:?|:gray|badge", "", text)) for text in own)


def test_sentences_are_messages():
    assert [line for path in sources() for line in sentences_in(path)] == []


def test_the_walk_finds_what_it_looks_for(tmp_path, monkeypatch):
    path = PROJECT / "pages" / "planted.py"
    monkeypatch.setattr(
        Path, "read_text",
        lambda self, **kwargs: '''"""Doc string here."""
st.button("Go")
st.caption(f"{n} left", help=tr("all fine here"))
st.text(f"**{tr('also fine here')}**")
raise UserError("The file is gone.", Message("Bring it back please."))
raise ValueError("not for people at all")
said = {"a": "two words"}
''',
    )  # fmt: skip
    assert {int(line.split(":")[1]) for line in sentences_in(path)} == {2, 3, 5, 7}


def test_the_texts_of_messages_are_literals():
    """Else nobody could find them for a catalogue."""
    found = []
    for path in sources():
        if name_of(path) in ("core/messages.py", "core/cli/output.py", "pages/shared/words.py"):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and called(node) in ("Message", "counted"):
                given = node.args[: KEYWORDS[called(node)]]
                if len(given) < KEYWORDS[called(node)] or not all(isinstance(text, ast.Constant) for text in given):
                    found.append(f"{name_of(path)}:{node.lineno}: {ast.unparse(node)[:60]}")
            elif isinstance(node, ast.Call) and called(node) in ("tr", "plain"):
                found += [f"{name_of(path)}:{node.lineno}" for one in node.args[:1] if isinstance(one, ast.JoinedStr)]
    assert found == []


def test_values_have_their_places():
    """Every text's braces can be read, and a singular needs no value that its plural has not."""
    assert len(texts()) > 500
    for text in texts():
        one = fields(text.one)
        assert all(name.isidentifier() for name in one), text
        assert not text.many or one <= fields(text.many) | {"n"}, text


def test_values_are_given_under_the_names_that_a_text_has():
    found = []
    for path in sources():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or called(node) not in KEYWORDS:
                continue
            said = [arg.value for arg in node.args[: KEYWORDS[called(node)]] if isinstance(arg, ast.Constant)]
            given = {word.arg for word in node.keywords}
            if len(said) == KEYWORDS[called(node)] and None not in given:
                wanted = {name for text in said for name in fields(text)} | ({"n"} if len(said) == 2 else set())
                if wanted != given and (given or called(node) != "Message"):  # without any it waits for `having`
                    found.append(f"{name_of(path)}:{node.lineno}: {wanted ^ given}")
    assert found == []


def test_words_are_those_of_the_field():
    """One word for one thing, on pages, in the report and on the command line: plain, with the standard term."""
    old = re.compile(OLD_WORDS)
    said = {(text.file, found[0], one) for text in texts() for one in (text.one, text.many)
            if (found := old.search(one))}  # fmt: skip
    assert said == set()


def test_sentences_are_short():
    long = []
    for text in texts():
        for one in (text.one, text.many):
            bare = re.sub(r"`[^`]*`|\{[^}]*\}", "x", one.replace("*", ""))
            for sentence in re.split(r"(?<=[.!?:;])\s+|\n", bare):
                if len(re.findall(r"[A-Za-z][A-Za-z'’-]*", sentence)) > LONGEST:
                    long.append((text.file, sentence))
    assert long == []
