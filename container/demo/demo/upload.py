"""Receives a form with files, each straight into the folder while it arrives."""

from dataclasses import dataclass
from typing import Iterator, Optional

from flask import Request
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from . import names, settings, trouble
from .folder import Folder, IncomingFile
from .trouble import Trouble

CHUNK = 256 * 1024


class TooLarge(Exception):
    pass


@dataclass
class Outcome:
    """The result for one file of a form."""

    name: str
    saved_as: Optional[str] = None
    trouble: Optional[Trouble] = None


def receive(request: Request, folder: Folder) -> list[Outcome]:
    """Saves the files of the form. If the form breaks off, the last outcome says so."""
    outcomes: list[Outcome] = []
    part: Optional[_Part] = None
    reason = trouble.BROKEN_UPLOAD
    whole = False
    try:
        for event in _events(request):
            if isinstance(event, File):
                part = _Part(folder, event.filename)
                outcomes.append(part.outcome)
            elif isinstance(event, Field):
                part = None
            elif isinstance(event, Data) and part:
                part.write(event.data)
                if not event.more_data:
                    part.finish()
                    part = None
        whole = True
    except TooLarge:
        reason = trouble.TOO_LARGE
    except (ValueError, OSError):
        # Not a form, or the browser has gone. Errors of the folder are handled in _Part.
        pass
    finally:
        if not whole:
            if part:
                part.abandon(reason)
            else:
                outcomes.append(Outcome("", trouble=reason))
    return outcomes


def _events(request: Request) -> Iterator[Event]:
    boundary = request.mimetype_params.get("boundary", "")
    if request.mimetype != "multipart/form-data" or not boundary:
        raise ValueError("not a form with files")
    # The decoder keeps only what may be the beginning of a boundary, and the headers of a part.
    decoder = MultipartDecoder(boundary.encode(), max_form_memory_size=4 * CHUNK)
    total = 0
    while True:
        chunk = request.stream.read(CHUNK)
        total += len(chunk)
        if settings.MAX_UPLOAD_SIZE and total > settings.MAX_UPLOAD_SIZE:
            raise TooLarge
        decoder.receive_data(chunk or None)
        while not isinstance(event := decoder.next_event(), NeedData):
            if isinstance(event, Epilogue):
                return
            yield event


class _Part:
    def __init__(self, folder: Folder, name: str):
        self.outcome = Outcome(names.clean(name))
        self._file: Optional[IncomingFile] = None
        if not name:
            self.outcome.trouble = trouble.NO_FILE
        elif not self.outcome.name or not settings.is_allowed(self.outcome.name):
            self.outcome.trouble = trouble.WRONG_TYPE
        else:
            try:
                self._file = folder.create(self.outcome.name)
            except OSError as error:
                self.abandon(trouble.of_saving(error))

    def write(self, data: bytes) -> None:
        # After an error the rest is read and dropped: browsers read the response only after they have sent everything.
        if self._file:
            try:
                self._file.write(data)
            except OSError as error:
                self.abandon(trouble.of_saving(error))

    def finish(self) -> None:
        if self._file:
            try:
                self._file.close()
            except OSError as error:
                self.abandon(trouble.of_saving(error))
            else:
                self.outcome.saved_as = self._file.name
                self._file = None

    def abandon(self, reason: Trouble) -> None:
        self.outcome.trouble = reason
        if self._file:
            self._file.discard()
            self._file = None
