"""What a refusal must look like."""

from __future__ import annotations

from tests.api_client import Answer

PROBLEM = "application/problem+json"


def wrong(answer: Answer, *, fields: tuple[str, ...] = (), codes: tuple[str, ...] = ()) -> str:
    """What is not as it should be with a refusal; nothing if all is well."""
    if not 400 <= answer.status < 500:
        return f"status {answer.status} {answer.body[:200]!r}"
    try:
        error = answer.error
    except AssertionError as failure:
        return f"no problem: {failure}"
    if fields and not answer.field.startswith(fields):
        return f"field {answer.field!r} of {error}"
    if codes and error not in codes:
        return f"code {error}"
    text = answer.body.decode()
    for leak in ("Traceback", "psycopg", "select ", "src/holdfast", "site-packages"):
        if leak in text:
            return f"leaks {leak}"
    return ""
