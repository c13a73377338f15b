"""`predict.py` and the like: one file that needs nothing of this program, made of the source that it runs itself.

So the export cannot prepare its inputs in another way than the program does, and nothing is written twice.
"""

from __future__ import annotations

import ast
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

from core.catalogues import texts_in_python
from core.messages import ENGLISH, Language

_ASKING = "core.export.standalone.asking"
_STANDS_FOR = {
    "core.errors": '''class UnreadableExampleError(Exception):
    """An input that cannot be used; its text says why."""

    def __str__(self) -> str:
        return " ".join(filter(None, self.args))
''',
    "core.messages": '''NOTHING = ""
SAID: dict[str, str] = {}


def Message(text: str, **values: object) -> str:
    """A sentence with its values; a list of them stands there with commas."""
    shown = {name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in values.items()}
    return SAID.get(text, text).replace(":list}", "}").format(**shown)


def sentences(*messages: str) -> str:
    return " ".join(filter(None, messages))


def counted(one: str, many: str, n: int, **values: object) -> str:
    return Message(one if n == 1 else many, n=n, **values)
''',
}
"""What of the program's own errors and sentences is left in the script."""
_NOTHING_SAID = "SAID: dict[str, str] = {}"


def standalone(entry: str, explained_by: str = _ASKING, language: Language = ENGLISH) -> str:
    """The source of the module `entry` and of all that it imports from `core`, as one script, which begins with the
    docstring of the module `explained_by`, and speaks `language`.

    A module's own names must not be those of another; a test runs every script that this makes.
    """
    found = _Script(set(), {}, [], set())
    found.add(entry)
    plain = sorted(f"import {name}" for name in found.plain)
    named = sorted(f"from {name} import {', '.join(sorted(taken))}" for name, taken in found.named.items())
    head = [f'"""{_docstring(explained_by)}"""', "from __future__ import annotations", "\n".join([*plain, *named])]
    script = "\n\n".join([*head, *(part.strip("\n") + "\n" for part in found.parts)])
    return script.replace(_NOTHING_SAID, f"SAID: dict[str, str] = {_said(script, language)}", 1)


def _said(script: str, language: Language) -> str:
    """The texts of a script as its language says them, as a literal; none where that is English."""
    said = {}
    for _, (one, *many) in texts_in_python(script):
        for n, text in enumerate((one, *many), start=1):
            said[text] = language.text(one, "".join(many), n)
    return json.dumps({text: told for text, told in said.items() if told != text}, ensure_ascii=False, indent=4)


@dataclass
class _Script:
    """A script in the making: what it imports (`plain`, and `named` by module) and its parts in order."""

    plain: set[str]
    named: dict[str, set[str]]
    parts: list[str]
    seen: set[str]

    def add(self, name: str) -> None:
        """Put the source of a module behind that of what it imports."""
        if name in self.seen:
            return
        self.seen.add(name)
        if name in _STANDS_FOR:
            self.parts.append(_STANDS_FOR[name])
            return
        source = _source(name)
        lines = source.splitlines()
        for place, node in enumerate(ast.parse(source).body):
            if self._is_taken(node) or (place == 0 and isinstance(node, ast.Expr)):  # an import, or the docstring
                end = node.end_lineno or node.lineno
                lines[node.lineno - 1 : end] = [""] * (end - node.lineno + 1)
        self.parts.append(_without_gaps(lines))

    def _is_taken(self, node: ast.stmt) -> bool:
        """True for an import, which is noted or followed."""
        if isinstance(node, ast.Import):
            self.plain |= {ast.unparse(one) for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if module.startswith("core."):
                self.add(module)
            elif module != "__future__":
                self.named.setdefault(module, set()).update(ast.unparse(one) for one in node.names)
        else:
            return False
        return True


def _without_gaps(lines: list[str]) -> str:
    kept: list[str] = []
    for line in lines:
        if line.strip() or kept[-2:] != ["", ""]:
            kept.append(line.rstrip())
    return "\n".join(kept)


def _docstring(name: str) -> str:
    return ast.get_docstring(ast.parse(_source(name)), clean=False) or ""


def _source(name: str) -> str:
    found = importlib.util.find_spec(name)
    assert found is not None and found.origin is not None
    return Path(found.origin).read_text(encoding="utf-8")
