"""The description of the API (OpenAPI 3.1), made once: what Django Ninja knows, and what it cannot."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse

from holdfast.main.aliases import CANONICAL, SURFACES
from holdfast.main.api import api
from holdfast.platform.http.callers import Needs
from holdfast.platform.http.schemas import ProblemOut

_MUTATIONS = ("post", "put", "patch", "delete")
_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def serve_openapi(request: HttpRequest) -> HttpResponse:
    """Answer with the description."""
    return HttpResponse(openapi_document(), content_type="application/json")


@lru_cache(maxsize=1)
def openapi_document() -> bytes:
    """Return the description as stable, readable JSON."""
    return (json.dumps(describe(), indent=1, ensure_ascii=False) + "\n").encode()


def describe() -> dict[str, Any]:
    """Return the description: paths below each server, problems, headers, ways to sign in."""
    document: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="")))
    document["servers"] = [_server(surface.prefix) for surface in (CANONICAL, *SURFACES)]
    document["servers"] = list({each["url"]: each for each in document["servers"]}.values())
    components = document["components"]
    components["schemas"]["Problem"] = ProblemOut.model_json_schema()
    components["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": "session"},
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "booking": {"type": "apiKey", "in": "header", "name": "X-Booking-Token"},
    }
    needs = permissions()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(path, method, operation, needs.get((method.upper(), path)))
    return document


def permissions() -> dict[tuple[str, str], str]:
    """Return what each operation, by method and path, asks of its caller; the others let guests in."""
    return {
        (method, f"/{path.strip('/')}"): callback.permission
        for _, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
        for callback in operation.auth_callbacks
        if isinstance(callback, Needs)
    }


def _server(prefix: str) -> dict[str, str]:
    return {"url": prefix.rstrip("/")}


def _complete(path: str, method: str, operation: dict[str, Any], permission: str | None) -> None:
    operation["responses"]["default"] = {
        "description": "A problem (RFC 9457)",
        "content": {"application/problem+json": {"schema": _PROBLEM}},
    }
    operation["security"] = [{"session": []}, {"token": []}]
    if permission is None:
        operation["security"] = [{}, {"booking": []}, *operation["security"]]
    else:
        operation["x-permission"] = permission
    parameters = operation.setdefault("parameters", [])
    if method in _MUTATIONS:
        parameters.append(
            _header("Idempotency-Key", "Same key and body: same answer, one effect. Kept 24 hours.", 200)
        )
    if method in ("put", "patch", "delete") or path.endswith("/confirm"):
        parameters.append(_header("If-Match", "The version you saw, as it came in ETag.", 20))


def _header(name: str, description: str, longest: int) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": False,
        "description": description,
        "schema": {"type": "string", "maxLength": longest},
    }
