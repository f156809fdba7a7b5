"""What web frameworks and their libraries do to files, by Django's own storage and Python's own library."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

import django
from django.conf import settings

MEDIA = Path("/app/media")

settings.configure(
    MEDIA_ROOT=str(MEDIA),
    # Both make Django change modes after saving.
    FILE_UPLOAD_PERMISSIONS=0o644,
    FILE_UPLOAD_DIRECTORY_PERMISSIONS=0o755,
    # Above this size Django receives an upload in a temporary file and moves it.
    FILE_UPLOAD_MAX_MEMORY_SIZE=1024,
)
django.setup()

from django.core.files.base import ContentFile, File  # noqa: E402
from django.core.files.storage import FileSystemStorage  # noqa: E402
from django.core.files.uploadedfile import TemporaryUploadedFile  # noqa: E402

storage = FileSystemStorage()


def saves_an_upload_in_memory():
    name = storage.save("django/2026/11/small.txt", ContentFile(b"small"))
    assert storage.open(name).read() == b"small"
    return name


def moves_an_upload_from_a_temporary_file():
    upload = TemporaryUploadedFile("large.bin", "application/octet-stream", 3_000_000, None)
    upload.write(b"x" * 3_000_000)
    upload.seek(0)
    name = storage.save("django/2026/11/large.bin", upload)
    assert storage.size(name) == 3_000_000
    return name


def moves_a_temporary_file_of_the_same_folder():
    folder = MEDIA / "atomic"
    folder.mkdir()
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(b"written whole, then renamed")
        file.flush()
        os.fsync(file.fileno())
    os.chmod(file.name, 0o640)
    os.replace(file.name, folder / "document.txt")
    # Once more, over what is there.
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(b"the second version")
    os.replace(file.name, folder / "document.txt")
    assert os.listdir(folder) == ["document.txt"]
    return (folder / "document.txt").read_text()


def never_overwrites_a_name():
    names = [storage.save("django/same.txt", ContentFile(str(i).encode())) for i in range(3)]
    assert len(set(names)) == 3
    return [storage.open(name).read().decode() for name in names]


def changes_modes_and_times():
    path = MEDIA / "modes.txt"
    path.write_text("modes")
    os.chmod(path, 0o600)
    os.utime(path, (1_600_000_000, 1_600_000_000))
    return int(path.stat().st_mtime)


def copies_with_times():
    source = Path("/app/original.txt")
    source.write_text("original")
    os.utime(source, (1_500_000_000, 1_500_000_000))
    shutil.copy2(source, MEDIA / "copy.txt")
    shutil.copytree("/app", MEDIA / "tree", ignore=shutil.ignore_patterns("media", "__pycache__"))
    return int((MEDIA / "copy.txt").stat().st_mtime)


def makes_nested_folders():
    folder = MEDIA.joinpath(*"abcdefgh")
    folder.mkdir(parents=True)
    (folder / "deep.txt").write_text("deep")
    return [str(path.relative_to(MEDIA)) for path in sorted(MEDIA.rglob("deep.txt"))]


def edits_and_appends():
    path = MEDIA / "edited.txt"
    path.write_text("0123456789")
    with open(path, "a") as file:
        file.write("appended")
    with open(path, "r+") as file:
        file.seek(2)
        file.write("--")
    with open(path, "r+") as file:
        file.truncate(12)
    return path.read_text()


def overwrites_and_deletes():
    path = MEDIA / "overwritten.txt"
    for content in ("the first and longer version", "the last"):
        path.write_text(content)
    (MEDIA / "deleted.txt").write_text("gone soon")
    (MEDIA / "deleted.txt").unlink()
    assert not (MEDIA / "deleted.txt").exists()
    folder = MEDIA / "deleted-folder" / "inner"
    folder.mkdir(parents=True)
    (folder / "file.txt").write_text("gone soon")
    shutil.rmtree(MEDIA / "deleted-folder")
    assert not (MEDIA / "deleted-folder").exists()
    return path.read_text()


def renames_folders():
    folder = MEDIA / "before"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number}.txt").write_text(str(number))
    folder.rename(MEDIA / "after")
    assert not folder.exists()
    return len(os.listdir(MEDIA / "after"))


def unpacks_an_archive():
    archive = shutil.make_archive("/tmp/archive", "gztar", "/app", "habits.py")
    shutil.unpack_archive(archive, MEDIA / "unpacked")
    return (MEDIA / "unpacked" / "habits.py").read_bytes() == Path("/app/habits.py").read_bytes()


def links_symbolically():
    (MEDIA / "target.txt").write_text("target")
    (MEDIA / "link.txt").symlink_to("target.txt")
    assert stat.S_ISLNK((MEDIA / "link.txt").lstat().st_mode)
    return (MEDIA / "link.txt").read_text()


def lists_thousands():
    entries = list(os.scandir(MEDIA / "thousands"))
    return [len(entries), sum(entry.stat().st_size for entry in entries)]


def reads_what_it_writes():
    path = MEDIA / "read-back.txt"
    with open(path, "w+") as file:
        file.write("written, read")
        file.seek(0)
        assert file.read() == "written, read"
        file.write(" and written on")
    return path.read_text()


def reads_a_deleted_new_file():
    path = MEDIA / "unlinked.txt"
    with open(path, "w+") as file:
        file.write("still here")
        file.flush()
        path.unlink()
        file.seek(0)
        return file.read()


def serves_a_stored_file():
    with open(MEDIA / "served.bin", "wb") as file:
        file.write(bytes(range(256)) * 4096)
    with File(open(MEDIA / "served.bin", "rb")) as file:
        return sum(len(chunk) for chunk in file.chunks())


ALL = {name: habit for name, habit in list(globals().items()) if callable(habit) and getattr(habit, "__module__", "") == __name__}
