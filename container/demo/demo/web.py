"""The upload page."""

import os
import time
from http import HTTPStatus
from urllib.parse import quote, urlencode

from flask import Flask, Response, make_response, redirect, render_template, request

from . import settings, trouble
from .folder import Folder
from .upload import receive

FILES_PER_PAGE = 200

app = Flask(__name__, static_folder=None)
app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
folder = Folder(settings.UPLOADS)


@app.get("/")
def show() -> Response:
    return _page(saved=request.args.getlist("saved"))


@app.post("/")
def upload() -> Response:
    outcomes = receive(request, folder)
    saved = [outcome.saved_as for outcome in outcomes if outcome.saved_as]
    failed = [outcome for outcome in outcomes if outcome.trouble]
    if not outcomes:
        return _page(status=trouble.NO_FILE.status, messages=[trouble.NO_FILE.text])
    if failed:
        messages = [f"“{o.name}”: {o.trouble.text}" if o.name else o.trouble.text for o in failed]
        return _page(status=failed[0].trouble.status, messages=messages, saved=saved)
    return redirect("/?" + urlencode([("saved", name) for name in saved]), 303)


@app.errorhandler(404)
@app.errorhandler(405)
@app.errorhandler(500)
def other_trouble(error) -> Response:
    return _page(status=error.code, messages=[HTTPStatus(error.code).phrase + "."])


@app.after_request
def restrict(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(status: int = 200, messages: list[str] = [], saved: list[str] = []) -> Response:
    messages = list(messages)
    page = max(1, request.args.get("page", 1, int))
    try:
        every = folder.names()
        page = min(page, max(1, -(-len(every) // FILES_PER_PAGE)))
        files = folder.look_up(every[(page - 1) * FILES_PER_PAGE : page * FILES_PER_PAGE])
        total = len(every)
    except OSError as error:
        listing = trouble.of_listing(error)
        status = status if status >= 400 else listing.status
        messages.append(listing.text)
        files, total = [], 0
    body = render_template(
        "page.html",
        messages=messages,
        saved=saved,
        files=files,
        total=total,
        page=page,
        pages=max(1, -(-total // FILES_PER_PAGE)),
        max_size=settings.MAX_UPLOAD_SIZE,
        max_size_text=settings.MAX_UPLOAD_SIZE_TEXT,
        extensions=sorted(settings.ALLOWED_EXTENSIONS - {"*"}) if "*" not in settings.ALLOWED_EXTENSIONS else [],
    )
    return make_response(body, status)


@app.template_filter("link")
def link(name: str) -> str:
    return "/uploads/" + quote(os.fsencode(name), safe="")


@app.template_filter("shown")
def shown(name: str) -> str:
    """Names that are not UTF-8 (others may have put them there) with replacement characters."""
    return os.fsencode(name).decode(errors="replace")


@app.template_filter("size")
def size(count: float) -> str:
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError


@app.template_filter("day")
def day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))
