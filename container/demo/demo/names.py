"""Turns the file names that browsers send into safe ones, with as few changes as possible."""

import unicodedata

# File systems allow 255; the rest is for the number that tells duplicates apart.
MAX_BYTES = 240


def clean(name: str) -> str:
    """The name without folders, control characters and leading dots, and not too long. May be empty."""
    name = name.replace("\\", "/").rpartition("/")[2]
    # Cc: control characters; Cs: halves of characters, which no file system can store.
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cs"))
    return _shorten(name.lstrip("."))


def numbered(name: str, number: int) -> str:
    """The name for the nth file that wants it: `name.ext`, `name (1).ext`, `name (2).ext`, ..."""
    if number == 0:
        return name
    stem, extension = _split(name)
    return f"{stem} ({number}){extension}"


def _split(name: str) -> tuple[str, str]:
    stem, dot, extension = name.rpartition(".")
    return (stem, dot + extension) if stem else (name, "")


def _shorten(name: str) -> str:
    if len(name.encode()) <= MAX_BYTES:
        return name
    stem, extension = _split(name)
    if len(extension.encode()) > MAX_BYTES // 2:
        stem, extension = name, ""
    return stem.encode()[: MAX_BYTES - len(extension.encode())].decode(errors="ignore") + extension
