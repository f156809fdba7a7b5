"""What is on a disk, beyond what the programs for file systems tell. Python, since it reads at any place of a device, and
follows no links.

  disk.py look DEVICE            `blank`, `formatting` where a formatting was begun and not ended, or `used PLACE`
  disk.py begin-format DEVICE    notes at the end of the device that its formatting begins
  disk.py end-format DEVICE      removes that note
  disk.py most DEVICE            the most KiB that a file system may have, so that the note's place stays out of it
  disk.py growth DEVICE          the same, if the ext4 file system has noticeably less; else nothing
  disk.py read-mark FOLDER       the words of the mark of a file system: the disk's name, and the folder that is shown
  disk.py write-mark FOLDER NAME SHOWN
  disk.py folders ROOT UID GID MODE PATH...
                                 creates folders below ROOT, those on the way included, with that owner and mode

Fails with a reason.
"""

import os
import re
import sys

MIB = 2**20
# The end of the device, which no file system of ours reaches: no file of an app can look like the note.
RESERVED = MIB
NOTE_SIZE = 4096
# mke2fs clears the last 64 KiB of what it formats: one who formats the whole device by hand removes the note.
NOTE = b"gcs-backed-container-app: this disk is being formatted, nothing is on it\n".ljust(NOTE_SIZE, b"\0")
HEAD = 16 * MIB
GROUP = 128 * MIB
SAMPLES = 512
SAMPLE = 64 * 1024
# The first of them is where ext4 keeps copies of its superblock, with blocks of 4 KiB; the last where btrfs does.
COPIES = [GROUP * group for group in (1, 3, 5, 7, 9, 25, 27, 49, 81, 125, 243, 343)] + [64 * MIB, 256 * 1024 * MIB]

MARK = ".gcs-backed-container-app"
# What is on the disk is the app's and may be hostile: no link in it is followed.
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class Failed(Exception):
    pass


def size_of(device):
    return os.lseek(device, 0, os.SEEK_END)


def read_at(device, start, length):
    parts = []
    while length > 0:
        part = os.pread(device, min(length, MIB), start)
        if not part:
            raise Failed(f"it ends at byte {start}")
        parts.append(part)
        start += len(part)
        length -= len(part)
    return b"".join(parts)


def look(path):
    """A new disk of Compute Engine has zeros everywhere. A large one cannot be read as a whole at every boot. What is read
    instead: the beginning and the end, where every file system, partition table, RAID and volume manager has its own;
    the places of copies, by which a file system can be restored when its beginning was overwritten; and samples all over
    the disk, since data in use is spread."""
    device = os.open(path, os.O_RDONLY)
    size = size_of(device)
    if size < 2 * RESERVED:
        raise Failed(f"it has only {size} bytes")
    if read_at(device, size - NOTE_SIZE, NOTE_SIZE) == NOTE and not was_mounted(device):
        return "formatting"
    places = [(0, min(HEAD, size)), (size - RESERVED, RESERVED)]
    places += [(size * index // SAMPLES // 4096 * 4096, SAMPLE) for index in range(SAMPLES)]
    places += [(place, SAMPLE) for place in COPIES]
    for start, length in places:
        found = read_at(device, start, max(0, min(length, size - start)))
        data = found.lstrip(b"\0")
        if data:
            return f"used {start + len(found) - len(data)}"
    return "blank"


def was_mounted(device):
    """Whether there is an ext4 file system that was ever mounted for writing, by whomever.
    https://docs.kernel.org/filesystems/ext4/globals.html#super-block"""
    superblock = read_at(device, 1024, 1024)
    return superblock[56:58] == b"\x53\xef" and superblock[44:48] != bytes(4)


def write_note(path, text):
    device = os.open(path, os.O_RDWR)
    os.pwrite(device, text, size_of(device) - NOTE_SIZE)
    os.fsync(device)


def most(path):
    return (size_of(os.open(path, os.O_RDONLY)) - RESERVED) // 1024


def growth(path):
    """https://docs.kernel.org/filesystems/ext4/globals.html#super-block"""
    superblock = read_at(os.open(path, os.O_RDONLY), 1024, 1024)
    low, log_size, features, high = (int.from_bytes(superblock[at : at + 4], "little") for at in (4, 24, 96, 0x150))
    blocks = low + (high << 32 if features & 0x80 else 0)
    # Its last group may be too small to be used.
    return most(path) if most(path) - (blocks << log_size) >= GROUP // 1024 else ""


def read_mark(folder):
    """Nothing where there is none. The words end up in paths and messages."""
    try:
        mark = os.open(os.path.join(folder, MARK), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    text = os.read(mark, 200).decode("ascii", "replace")
    return text if re.fullmatch(r"[a-z][a-z0-9-]{0,62} (data|\.)\n", text) else ""


def write_mark(path, name, shown):
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    new = f"{MARK}.new"
    try:
        os.unlink(new, dir_fd=folder)
    except FileNotFoundError:
        pass
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=folder)
    os.write(file, f"{name} {shown}\n".encode())
    os.fsync(file)
    os.rename(new, MARK, src_dir_fd=folder, dst_dir_fd=folder)
    os.fsync(folder)


def create_folders(root, uid, gid, mode, paths):
    for path in paths:
        folder = os.open(root, FOLDER)
        for name in path.split("/"):
            try:
                os.mkdir(name, 0o755, dir_fd=folder)
                is_new = True
            except FileExistsError:
                is_new = False
            try:
                inner = os.open(name, FOLDER, dir_fd=folder)
            except OSError:
                raise Failed(f"{name} of {path} is no folder") from None
            if is_new:
                os.fchown(inner, uid, gid)
                # mkdir takes what the umask says from it.
                os.fchmod(inner, mode)
            os.close(folder)
            folder = inner
        os.close(folder)


def main(command, path, *others):
    try:
        if command == "look":
            print(look(path))
        elif command == "begin-format":
            write_note(path, NOTE)
        elif command == "end-format":
            write_note(path, bytes(NOTE_SIZE))
        elif command == "most":
            print(most(path))
        elif command == "growth":
            print(growth(path))
        elif command == "read-mark":
            print(read_mark(path), end="")
        elif command == "write-mark":
            write_mark(path, *others)
        else:
            create_folders(path, int(others[0]), int(others[1]), int(others[2], 8), others[3:])
    except (Failed, OSError) as error:
        sys.exit(str(error))


main(*sys.argv[1:])
