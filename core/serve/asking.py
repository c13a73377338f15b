"""How other programs ask a server: as a line for the terminal and as Python, in the words of each kind of example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.modalities.base import Modality

PORT = 8600
ADDRESS = f"http://127.0.0.1:{PORT}"


@dataclass(frozen=True, slots=True)
class Ways:
    """Lines to copy: one input by `curl`, several by curl, and the same in Python, which needs nothing besides."""

    curl: str
    curl_many: str
    python: str


def serve_command(run_id: str) -> str:
    """What starts the server."""
    return f"python -m core serve {run_id}"


def ways_to_ask(kind: Modality[Any, Any], address: str = ADDRESS) -> Ways:
    url = f"{address}/predict"
    if kind.is_row:
        row = kind.sample_argument.strip("'")
        return Ways(
            f"curl --json '{row}' {url}",
            f"curl --json '{{\"inputs\": [{row}, {row}]}}' {url}",
            _PYTHON_ROWS.format(url=url, row=row),
        )
    if kind.is_text:
        given = '{"inputs": ["a message", "another one"]}'
        return Ways(
            f"curl --data-binary 'a message' {url}",
            f"curl --json '{given}' {url}",
            _PYTHON_TEXTS.format(url=url),
        )
    file = kind.sample_argument
    return Ways(
        f"curl --data-binary @{file} {url}",
        f"curl -F file=@{file} -F file=@another-{file} {url}",
        _PYTHON_FILES.format(url=url, file=file),
    )


_PYTHON_TEXTS = """\
import json, urllib.request

inputs = ["a message", "another one"]
request = urllib.request.Request(
    "{url}", json.dumps({{"inputs": inputs}}).encode(), {{"Content-Type": "application/json"}}
)
for answer in json.load(urllib.request.urlopen(request))["answers"]:
    print(answer["input"], answer["label"], answer["probabilities"])
"""
_PYTHON_ROWS = """\
import json, urllib.request

inputs = [{row}, {row}]
request = urllib.request.Request(
    "{url}", json.dumps({{"inputs": inputs}}).encode(), {{"Content-Type": "application/json"}}
)
for answer in json.load(urllib.request.urlopen(request))["answers"]:
    print(answer["input"], answer["label"], answer["probabilities"])
"""
_PYTHON_FILES = """\
import json, pathlib, urllib.request

file = pathlib.Path("{file}")
request = urllib.request.Request("{url}", file.read_bytes(), {{"Content-Type": "application/octet-stream"}})
answer = json.load(urllib.request.urlopen(request))
print(answer["label"], answer["probabilities"])
"""
