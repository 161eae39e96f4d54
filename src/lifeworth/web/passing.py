"""Files that are written, sent, and gone: nothing of what they hold stays on the server."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.responses import FileResponse
from starlette.background import BackgroundTask


@contextmanager
def passing_file(suffix: str) -> Iterator[Path]:
    """A file to be written and given to `send_passing`; gone at once where the writing fails."""
    handle, name = tempfile.mkstemp(suffix=suffix)
    os.close(handle)
    try:
        yield Path(name)
    except BaseException:
        os.unlink(name)
        raise


def send_passing(path: Path, **facts: Any) -> FileResponse:
    """The answer that sends the file, then removes it. `facts`: of a FileResponse."""
    return FileResponse(path, background=BackgroundTask(os.unlink, path), **facts)
