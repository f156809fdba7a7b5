"""The settings, from environment variables."""

import os
from pathlib import Path

UPLOADS = Path(__file__).parent / "uploads"

USUAL_EXTENSIONS = """
    jpg jpeg png gif webp avif heic heif bmp tif tiff
    mp4 m4v mov webm mkv avi mpg mpeg 3gp
    mp3 m4a aac ogg oga opus flac wav
    pdf txt md csv zip gz tgz tar bz2 xz 7z
"""


def size_in_bytes(text: str) -> int:
    """Reads a size as nginx writes it: 500, 500k, 500m or 5g."""
    factor = {"k": 1024, "m": 1024**2, "g": 1024**3}.get(text[-1:].lower())
    return int(text[:-1]) * factor if factor else int(text)


# 0 means no limit.
MAX_UPLOAD_SIZE = size_in_bytes(os.environ.get("MAX_UPLOAD_SIZE") or "5g")
MAX_UPLOAD_SIZE_TEXT = os.environ.get("MAX_UPLOAD_SIZE_TEXT") or f"{MAX_UPLOAD_SIZE} bytes"

_extensions = os.environ.get("ALLOWED_EXTENSIONS") or USUAL_EXTENSIONS
ALLOWED_EXTENSIONS = frozenset(_extensions.lower().replace(",", " ").replace(".", " ").split())


def is_allowed(name: str) -> bool:
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    return "*" in ALLOWED_EXTENSIONS or extension in ALLOWED_EXTENSIONS
