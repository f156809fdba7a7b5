"""Error messages for the user of the page."""

import errno
from typing import NamedTuple

from . import settings


class Trouble(NamedTuple):
    status: int
    text: str


NO_FILE = Trouble(400, "Please choose a file first.")
BROKEN_UPLOAD = Trouble(400, "The upload did not arrive whole, so it was not saved. Please try again.")
WRONG_TYPE = Trouble(415, "Files of this type are not accepted here.")
TOO_LARGE = Trouble(413, f"The file is too large: one upload may have at most {settings.MAX_UPLOAD_SIZE_TEXT} here.")
_FULL = Trouble(507, "It was not saved: the storage is full.")
_READ_ONLY = Trouble(503, "It was not saved: the storage is read-only at the moment. Please try again in a minute.")
_NOT_CONNECTED = Trouble(503, "It was not saved: the storage is not connected at the moment. Please try again in a minute.")
_FAILED = Trouble(503, "It was not saved: the storage reported an error. Please try again in a minute.")
_DENIED = Trouble(503, "It was not saved: this program may not write to the storage.")

_BY_ERRNO = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: Trouble(507, "It was not saved: the file is larger than the storage can hold."),
    errno.EROFS: _READ_ONLY,
    errno.ENOTCONN: _NOT_CONNECTED,
    errno.ENOENT: _NOT_CONNECTED,
    errno.ESTALE: _NOT_CONNECTED,
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
}


def of_saving(error: OSError) -> Trouble:
    return _BY_ERRNO.get(error.errno or 0, _FAILED)


def of_listing(error: OSError) -> Trouble:
    reason = (error.strerror or "unknown error").lower()
    return Trouble(503, f"The files cannot be listed: the storage does not answer ({reason}). Please try again in a minute.")
