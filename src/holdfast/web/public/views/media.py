"""The files of pictures, from the business's own host: no other site learns who looks at a portfolio."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from holdfast.capabilities.portfolio.queries import open_variant

_TYPES = {"avif": "image/avif", "webp": "image/webp"}


@require_safe
def serve_variant(request: HttpRequest, picture_id: UUID, name: str) -> FileResponse:
    """Answer with a file that never changes: whoever has it need not ask again, nor need anybody between."""
    file = open_variant(request.tenant.id, picture_id, name)
    if file is None:
        raise Http404
    response = FileResponse(file, content_type=_TYPES[name.rpartition(".")[2]])
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
