"""An image's own files in a folder where gcsfuse is mounted. Archives are read from standard input, as
`docker cp CONTAINER:FOLDER/. -` writes them. Python, since tar stops at what gcsfuse does not have, such as hard links.

  image-files.py owner       of the folder: UID GID MODE
  image-files.py names       in the folder, a NUL after each; the first of them where there are many
  image-files.py look FOLDER of such names: `filling` if the folder is being filled, `empty`, or `there`, and those of the
                             names that are not in it, each with a NUL before it
  image-files.py fill FOLDER writes the archive's content into the folder, and leaves there that it is being filled: whether the
                             archive was complete, its writer knows. Prints how far it is, and in the end what it did
                             after `done `. Fails with a reason if something is missing. Files get the time of
                             the copy: each change of a time is a request of its own to Cloud Storage.
"""

import os
import stat
import sys
import tarfile
import time

# Is in the folder while it is being filled: where that was interrupted, the next start goes on with it.
MARKER = b".gcs-backed-container-app-filling"
# What is read of an archive for the names in it.
MOST_BYTES = 64 * 2**20
MOST_NAMES = 1000
# https://cloud.google.com/storage/docs/objects#naming
MOST_NAME_BYTES = 1024
BLOCK = 2**20
# Seconds from one line about the progress to the next.
PROGRESS = 5

# The folder's content is the app's and may be hostile: no link in it is followed.
FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW


class Failed(Exception):
    pass


def parts_of(name):
    return tuple(part for part in name.encode("utf-8", "surrogateescape").split(b"/") if part not in (b"", b"."))


def entries():
    """The archive and its entries, each with the parts of its name below the folder, which is the first entry."""
    root = None
    try:
        with tarfile.open(
            fileobj=sys.stdin.buffer, mode="r|", encoding="utf-8", errors="surrogateescape"
        ) as archive:
            for entry in archive:
                parts = parts_of(entry.name)
                root = parts if root is None else root
                if parts[: len(root)] != root or b".." in parts:
                    raise Failed(f"the archive has {entry.name!r}, which is not in the folder")
                yield archive, entry, root
    except tarfile.TarError as error:
        raise Failed(f"the archive cannot be read: {error}") from None
    if root is None:
        raise Failed("the archive is empty")


def owner():
    _, entry, _ = next(entries())
    print(f"{entry.uid} {entry.gid} {entry.mode & 0o777:03o}")


def names():
    found = {}
    for _, entry, root in entries():
        parts = parts_of(entry.name)[len(root) :]
        if parts and why_left_out(entry, parts) is None:
            found[parts[0]] = None
        if entry.offset > MOST_BYTES or len(found) >= MOST_NAMES:
            break
    sys.stdout.buffer.write(b"".join(name + b"\0" for name in found))


def look(folder):
    given = sys.stdin.buffer.read().split(b"\0")[:-1]
    within = os.fsencode(folder)
    missing = [name for name in given if not is_there(os.path.join(within, name))]
    if is_there(os.path.join(within, MARKER)):
        state = b"filling"
    # A listing takes longer, the more there is.
    elif given and len(missing) == len(given) and not os.listdir(within):
        state = b"empty"
    else:
        state = b"there"
    sys.stdout.buffer.write(b"\0".join([state, *missing]))


def is_there(path):
    try:
        os.lstat(path)
        return True
    except FileNotFoundError:
        return False


class Filling:
    def __init__(self, folder):
        self.folder = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        self.resumed = False
        self.copied = 0
        self.programs = 0
        self.left_out = {}
        # The files that are as in the image, for hard links.
        self.whole = set()
        self.told = time.monotonic()

    def run(self):
        self.resumed = exists(MARKER, self.folder)
        if not self.resumed:
            self.create(self.folder, MARKER, [b"The files of the app's image are being copied to this folder.\n"])
        for archive, entry, root in entries():
            parts = parts_of(entry.name)[len(root) :]
            if parts and parts != (MARKER,):
                self.add(archive, entry, parts, root)
        print("done " + self.summary())

    def summary(self):
        texts = [f"{self.copied} files and folders of the image"]
        if self.programs:
            texts.append(f"{self.programs} programs among them cannot be run, since all files have the same mode")
        texts += [f"left out: {count} {why}" for why, count in self.left_out.items()]
        return "; ".join(texts)

    def add(self, archive, entry, parts, root):
        if time.monotonic() - self.told >= PROGRESS:
            self.told = time.monotonic()
            print(f"{self.copied} files and folders so far", flush=True)
        why = why_left_out(entry, parts)
        if why is not None:
            self.leave_out(why)
            return
        try:
            folder = self.open_folder(parts[:-1])
        except (FileNotFoundError, NotADirectoryError):
            self.leave_out("in folders that are there as something else")
            return
        try:
            self.add_to(folder, archive, entry, parts, root)
        finally:
            os.close(folder)

    def add_to(self, folder, archive, entry, parts, root):
        name = parts[-1]
        if entry.isdir():
            self.unless_there(lambda: os.mkdir(name, dir_fd=folder))
        elif entry.issym():
            target = entry.linkname.encode("utf-8", "surrogateescape")
            self.unless_there(lambda: os.symlink(target, name, dir_fd=folder))
        elif entry.isreg():
            self.add_file(folder, entry, parts, blocks(archive.extractfile(entry)))
        else:
            self.add_copy(folder, entry, parts, parts_of(entry.linkname)[len(root) :])

    def add_copy(self, folder, entry, parts, first):
        """Of a hard link's file, which comes before it in the archive."""
        if first not in self.whole:
            self.leave_out("that are hard links to a file that was not copied")
            return
        parent = self.open_folder(first[:-1])
        with open(os.open(first[-1], os.O_RDONLY | os.O_NOFOLLOW, dir_fd=parent), "rb") as file:
            os.close(parent)
            self.add_file(folder, entry, parts, blocks(file))

    def add_file(self, folder, entry, parts, content):
        try:
            self.create(folder, parts[-1], content)
        except FileExistsError:
            if not (self.resumed and complete(folder, parts[-1], content)):
                self.leave_out("that are there already, as others")
                return
        self.whole.add(parts)
        self.copied += 1
        self.programs += bool(entry.mode & 0o111)

    def create(self, folder, name, content):
        # gcsfuse stores the file when it is closed, which may fail.
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666, dir_fd=folder)
        write(file, content)

    def unless_there(self, create):
        try:
            create()
        except FileExistsError:
            return
        self.copied += 1

    def leave_out(self, why):
        self.left_out[why] = self.left_out.get(why, 0) + 1

    def open_folder(self, parts):
        folder = os.dup(self.folder)
        for part in parts:
            try:
                inner = os.open(part, FOLDER, dir_fd=folder)
            finally:
                os.close(folder)
            folder = inner
        return folder


def complete(folder, name, content):
    """A filling that is killed leaves a file that ends too early: the kernel closes it, and gcsfuse stores it. Returns whether
    the file is, or is now, the given one; another one is left."""
    if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        return False
    with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder), "rb", buffering=0) as there:
        for block in content:
            found = read_all(there, len(block))
            if found != block[: len(found)]:
                return False
            if len(found) < len(block):
                rest = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW, dir_fd=folder)
                write(rest, [block[len(found) :], *content])
                return True
        return not there.read(1)


def write(file, content):
    try:
        for block in content:
            while block:
                block = block[os.write(file, block) :]
    finally:
        os.close(file)


def blocks(file):
    while block := file.read(BLOCK):
        yield block


def read_all(file, size):
    parts = []
    while size and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def exists(name, folder):
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
        return True
    except FileNotFoundError:
        return False


def why_left_out(entry, parts):
    if not (entry.isdir() or entry.issym() or entry.isreg() or entry.islnk()):
        return "that are devices, pipes or sockets"
    name = b"/".join(parts)
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return "with names that Cloud Storage does not take"
    if len(name) > MOST_NAME_BYTES or {*b"\r\n"} & {*name}:
        return "with names that Cloud Storage does not take"
    return None


def main(command, *folder):
    try:
        if command == "owner":
            owner()
        elif command == "names":
            names()
        elif command == "look":
            look(*folder)
        else:
            Filling(*folder).run()
    except (Failed, OSError, tarfile.TarError) as error:
        sys.exit(str(error))


main(*sys.argv[1:])
