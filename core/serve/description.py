"""The interface of a server as an OpenAPI document (version 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from core.messages import Language, Message
from core.modalities.base import Modality
from core.serve.questions import RequestLimits

_JSON = "application/json"


def described(
    title: str, kind: Modality[Any, Any], classes: Sequence[str], limits: RequestLimits, language: Language
) -> dict[str, Any]:
    """The document for a model called `title` that knows these classes."""

    def say(message: Message) -> str:
        return language.render(message)

    inputs = {"type": "array", "minItems": 1, "maxItems": limits.inputs, "items": {"type": "string"}}
    if kind.is_row:
        inputs["items"] = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}}
    elif not kind.is_text:
        inputs["items"] = {"type": "string", "contentEncoding": "base64"}
    several = {"type": "object", "required": ["inputs"], "additionalProperties": False,
               "properties": {"inputs": inputs}}  # fmt: skip
    asked: dict[str, Any] = {
        _JSON: {"schema": {"oneOf": [several, inputs["items"]]} if kind.is_row else several},
        "text/plain" if kind.is_text else "application/octet-stream": {"schema": {"type": "string"}},
        "multipart/form-data": {"schema": {"type": "object", "properties": {
            "file": {"type": "array", "maxItems": limits.inputs,
                     "items": {"type": "string", "contentMediaType": "application/octet-stream"}}}}},
    }  # fmt: skip
    one_or_many = {"oneOf": [_ref("Answer"), _ref("Answers")]}
    refusals = {
        "400": Message("It cannot be understood, or its only input cannot be read."),
        "408": Message("Its body came too slowly."),
        "413": Message("It is larger than {size:bytes}, or has more than {n} inputs.", size=limits.body,
                       n=limits.inputs),
        "503": Message("Too many requests are waiting; ask again after the seconds in Retry-After."),
    }  # fmt: skip
    answers = {
        "200": _content(say(Message("One answer, or for several inputs a list of them.")), one_or_many),
        **{status: _content(say(why), _ref("Error")) for status, why in refusals.items()},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": _version(),
                 "description": say(Message("A model trained with Finetune Lab. It knows: {classes:list}.",
                                            classes=classes))},
        "servers": [{"url": "/"}],
        "paths": {
            "/predict": {"post": {
                "operationId": "predict",
                "summary": say(Message("Which class are these {many}?", many=kind.many)),
                "parameters": [{
                    "name": "none_below", "in": "query", "required": False,
                    "description": say(Message("Rejection threshold, 0 to 1, or “usual”: below it the answer is “none "
                                               "of these”.")),
                    "schema": {"oneOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"const": "usual"}]},
                }],
                "requestBody": {"required": True, "content": asked},
                "responses": answers,
            }},
            "/health": {"get": {
                "operationId": "health",
                "summary": say(Message("Is the server up, and what does its model know?")),
                "responses": {"200": _content(say(Message("It is up.")), {"type": "object"})},
            }},
        },
        "components": {"schemas": _schemas(classes, say)},
    }  # fmt: skip


def _schemas(classes: Sequence[str], say: Any) -> dict[str, Any]:
    share = {"type": "number", "minimum": 0, "maximum": 1}
    answer = {
        "input": {"type": ["string", "integer"],
                  "description": say(Message("The message, the name of the file, or the number of the input."))},
        "label": {"enum": list(classes), "description": say(Message("The most likely class."))},
        "probabilities": {"type": "object", "properties": dict.fromkeys(classes, share),
                          "description": say(Message("Confidence in each class; they add up to 1."))},
        "none": {"type": "boolean",
                 "description": say(Message("Whether the answer is “none of these”; only with a threshold."))},
        "none_below": {**share, "description": say(Message("The threshold."))},
        "similarity": {**share, "description": say(Message("Similarity to the training examples."))},
        "likeness": {**share, "deprecated": True, "description": say(Message("The same under its older name."))},
        "sure": {**share, "description": say(Message("Confidence, where similarity cannot be told."))},
        "note": {"type": "string",
                 "description": say(Message("What the model cannot read in this input, or is unlike all that it was "
                                            "trained on."))},
        "error": {"type": "string", "description": say(Message("Why this input could not be read."))},
    }  # fmt: skip
    return {
        "Answer": {"type": "object", "required": ["input"], "properties": answer},
        "Answers": {"type": "object", "required": ["answers"],
                    "properties": {"answers": {"type": "array", "items": _ref("Answer")}}},
        "Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
    }  # fmt: skip


def _content(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {_JSON: {"schema": schema}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _version() -> str:
    try:
        return version("finetune-lab")
    except PackageNotFoundError:
        return "0"
