"""The house has floors, and no arrow runs back up. See ARCHITECTURE.md."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from core.modalities import MODALITIES
from tests.helpers import PROJECT

CORE = PROJECT / "core"

# From the ground up. Within a floor anything may import anything; upwards nothing may.
FLOORS: list[tuple[str, ...]] = [
    ("core.catalogues", "core.errors", "core.events", "core.glossary", "core.messages", "core.options"),
    (
        "core.storage",
        "core.workspace",
        "core.limits",
        "core.cache",
        "core.hardware",
        "core.modalities",
        "core.file_names",
        "core.spreadsheets",
    ),
    ("core.data", "core.models", "core.runs"),
    ("core.evaluation", "core.training", "core.results", "core.doctor"),
    ("core.studies", "core.report"),
    ("core.export", "core.library", "core.project", "core.lessons"),
    ("core.jobs",),
    ("core.serve", "core.classroom"),
    ("core.cli",),
    ("core.__main__",),
]
# Closer rules inside the floors: what these parts must know nothing of.
STRANGERS: dict[str, tuple[str, ...]] = {
    "core.data": ("core.models", "core.runs"),
    "core.runs": ("core.data", "core.models", "core.modalities"),
    "core.evaluation": ("core.training", "core.models", "core.runs"),
    "core.training": ("core.runs",),
    "core.modalities": ("core.data",),
    "core.workspace": ("core.modalities", "core.errors", "core.events"),
    "core.messages": ("core",),
}
LIGHT: tuple[str, ...] = (
    "core.__main__",
    "core.classroom.access",
    "core.data.dataset",
    "core.data.intake",
    "core.data.splits",
    "core.data.versions",
    "core.evaluation.rejection",
    "core.evaluation.scores",
    "core.events",
    "core.results.explanation",
    "core.jobs",
    "core.jobs.cluster.launcher",
    "core.lessons.catalogue",
    "core.lessons.progress",
    "core.lessons.sheet",
    "core.library.bin",
    "core.library.room",
    "core.models.added",
    "core.models.card",
    "core.models.catalogue",
    "core.report.render",
    "core.runs.folder",
    "core.runs.local",
    "core.runs.progress",
    "core.serve.allowed_hosts",
    "core.studies.registry",
    "core.studies.few_shot.shown",
    "core.training.spec.estimate",
    "core.training.spec.plan",
    "core.training.spec.recipe",
    "core.training.spec.strategies",
)


def module_of(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    return {module_of(path): path for path in sorted(CORE.rglob("*.py"))}


@cache
def nodes(path: Path) -> list[ast.AST]:
    """Everything that is written in a file."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@pytest.fixture(scope="module", autouse=True)
def _nodes_are_forgotten() -> Iterator[None]:
    """They are many, and every later look for garbage would go through them."""
    yield
    nodes.cache_clear()


@cache
def imports(path: Path) -> set[str]:
    """Everything a file imports, at the top or inside a function, as far as names can tell."""
    found: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the floor"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
    return found


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@cache
def floor(module: str) -> int | None:
    return next((n for n, names in enumerate(FLOORS) if any(within(module, name) for name in names)), None)


def run_python(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_lives_on_a_floor():
    assert [name for name in modules() if name != "core" and floor(name) is None] == []


def importing() -> Iterator[tuple[str, str]]:
    """Every module with everything it imports."""
    for module, path in modules().items():
        for imported in imports(path):
            yield module, imported


def test_nothing_imports_from_a_floor_above():
    floors = {name: floor(name) for pair in importing() for name in pair}
    both = [(m, i) for m, i in importing() if floors[m] is not None and floors[i] is not None]
    assert len(both) > 1000
    assert [f"{module} imports {imported}" for module, imported in both if floors[imported] > floors[module]] == []


@pytest.mark.parametrize("package", STRANGERS)
def test_parts_know_nothing_of_what_is_not_their_business(package):
    def is_strange(imported: str) -> bool:
        return any(within(imported, one) for one in STRANGERS[package]) and not within(imported, package)

    found = [(m, i) for m, i in importing() if within(m, package)]
    assert found
    assert [f"{module} imports {imported}" for module, imported in found if is_strange(imported)] == []


def graph() -> dict[str, set[str]]:
    """What every module of `core` and `pages` imports of the others, wherever in it; not what only types need."""
    paths = {module_of(path): path for top in (CORE, PROJECT / "pages") for path in sorted(top.rglob("*.py"))}
    found: dict[str, set[str]] = {}
    for module, path in paths.items():
        checking = {
            one for node in nodes(path) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for one in ast.walk(node)
        }  # fmt: skip
        named: set[str] = set()
        for node in nodes(path):
            if node in checking:
                continue
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    named.add(inner if inner in paths else node.module or "")
        found[module] = (named & paths.keys()) - {module}
    return found


def test_no_circle_of_imports():
    """The modules that can be reached from a module never lead back to it."""
    imported, left = graph(), graph()
    assert len(imported) > 150
    while ready := [module for module, others in left.items() if not others & left.keys()]:
        for module in ready:
            del left[module]
    assert {module: sorted(others & left.keys()) for module, others in left.items()} == {}


def test_core_knows_nothing_of_the_page():
    above = ("streamlit", "plotly", "pages", "app", "tests")
    assert [f"{module} imports {imported}" for module, imported in importing() if imported.split(".")[0] in above] == []


@pytest.mark.slow
def test_importing_all_of_core_imports_no_streamlit():
    names = [name for name in modules() if name != "core.__main__"]
    out = run_python(
        "import importlib, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('streamlit', 'plotly')))"
    )
    assert out.strip() == "[]"


def test_what_the_server_imports_does_not_import_torch():
    out = run_python(
        "import importlib, sys\n"
        f"for name in {LIGHT!r}:\n"
        "    importlib.import_module(name)\n"
        "    loaded = {'torch', 'transformers', 'onnxruntime', 'ray'} & set(sys.modules)\n"
        "    if loaded: sys.exit(f'{name} loads {loaded}')\n"
        "print(len(sys.modules))"
    )
    assert int(out) > len(LIGHT)


def test_no_file_lies_directly_in_pages():
    """Such a file would be a page of its own, run without `app.py`."""
    assert [path.name for path in (PROJECT / "pages").glob("*.py") if path.name != "__init__.py"] == []


def test_nothing_is_unpickled_and_no_strangers_code_is_trusted():
    dangerous = {"pickle", "joblib", "dill", "shelve", "marshal"}
    assert [module for module, imported in importing() if imported in dangerous] == []
    # What must be said in a call, so that no stranger's code runs and nobody else is asked for a file.
    said = {
        "torch.load": {"weights_only": "True"},
        ".from_pretrained": {"trust_remote_code": "False", "local_files_only": "True"},
    }
    seen, unsafe = Counter(), []
    for module, path in modules().items():
        for call in (node for node in nodes(path) if isinstance(node, ast.Call)):
            keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            for name, wanted in said.items():
                if ast.unparse(call.func).endswith(name):
                    seen[name] += 1
                    unsafe += [f"{module}: {ast.unparse(call)}"] if not wanted.items() <= keywords.items() else []
    assert unsafe == []
    assert seen[".from_pretrained"] > 2


KINDS = {repr(name) for name in MODALITIES}


def asks_for_a_kind(node: ast.AST) -> bool:
    """True where something is compared with the name of a kind of example, or looked up by such a name."""

    def named(one: ast.AST | None) -> bool:
        return one is not None and ast.unparse(one) in KINDS

    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        listed = [one for side in sides if isinstance(side, (ast.Tuple, ast.List, ast.Set)) for one in side.elts]
        return any(map(named, [*sides, *listed]))
    if isinstance(node, ast.Dict):
        return len(KINDS & {ast.unparse(key) for key in node.keys if key}) > 1
    return isinstance(node, ast.MatchValue) and named(node.value)


def test_nobody_asks_for_the_name_of_a_kind_of_example():
    """What a kind can do is in its specification. Each place that asks all the same has its reason beside it."""
    files = [path for path in modules().values() if CORE / "modalities" not in path.parents]
    asking = [
        f"{path.relative_to(PROJECT)}:{node.lineno} {ast.unparse(node)[:80]}"
        for path in [*files, *sorted((PROJECT / "pages").rglob("*.py"))]
        for node in nodes(path)
        if asks_for_a_kind(node)
    ]
    assert len(asking) <= 12, asking


@pytest.mark.parametrize(
    ("program", "asks"),
    [
        ("kind == 'image'", True),
        ("'text' != kind", True),
        ("kind in ('text', 'other')", True),
        ("{'image': 1, 'text': 2}[kind]", True),
        ("match kind:\n  case 'text': pass", True),
        ("kind == 'lines'", False),
        ("{'text': 1, 'label': 2}", False),
        ("get_modality('image')", False),
    ],
)
def test_what_counts_as_asking(program, asks):
    assert any(map(asks_for_a_kind, ast.walk(ast.parse(program)))) is asks
