"""Files in forms: thrown away unread, except where a page says that it takes some."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import (
    FileUploadHandler,
    MemoryFileUploadHandler,
    SkipFile,
    TemporaryFileUploadHandler,
)
from django.http import HttpRequest

_MOST_BYTES_OF_A_FORM = 1024 * 1024


class NoFiles(FileUploadHandler):
    """What every form has (settings: FILE_UPLOAD_HANDLERS): files are skipped, large bodies not even read."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """Refuse a body that no form without files can have; its length is the third argument."""
        _body, _headers, length, *_more = args
        if length > _MOST_BYTES_OF_A_FORM:
            raise RequestDataTooBig("This form takes no files.")

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Skip the file."""
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Keep nothing."""
        return None

    def file_complete(self, file_size: int) -> None:
        """There is no file."""


def accept_files(request: HttpRequest) -> None:
    """Let the request's form bring files; the larger ones wait on disk. Call it before the form is read."""
    request.upload_handlers = [MemoryFileUploadHandler(request), TemporaryFileUploadHandler(request)]
