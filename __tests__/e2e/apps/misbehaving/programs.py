"""Programs that each do to their folder one thing that a bucket cannot do, or does badly; and a web server that says when they have."""

import http.server
import os
import sqlite3
import threading
import time


def database(folder):
    connection = sqlite3.connect(f"{folder}/app.sqlite3", isolation_level=None)
    connection.execute("create table things (name text)")
    for number in range(20):
        connection.execute("insert into things values (?)", (f"thing {number}",))
    # A transaction that is under way holds a lock.
    connection.execute("begin exclusive")
    keep.append(connection)


def append_log(folder):
    log = open(f"{folder}/access.log", "a")
    keep.append(log)

    def write():
        while True:
            log.write("somebody was here\n")
            log.flush()
            time.sleep(1)

    threading.Thread(target=write, daemon=True).start()
    time.sleep(12)


def folder_rename(folder):
    os.mkdir(f"{folder}/draft")
    for number in range(5):
        with open(f"{folder}/draft/page {number}.txt", "w") as page:
            page.write("text")
    os.rename(f"{folder}/draft", f"{folder}/published")


def hard_links(folder):
    with open(f"{folder}/original.bin", "w") as original:
        original.write("bytes")
    try:
        os.link(f"{folder}/original.bin", f"{folder}/snapshot.bin")
    except OSError as error:
        print("link:", error, flush=True)


def random_writes(folder):
    with open(f"{folder}/disk.img", "wb") as image:
        image.write(bytes(256 * 1024))
    with open(f"{folder}/disk.img", "r+b") as image:
        for block in (40, 7, 21):
            image.seek(block * 4096)
            image.write(b"x" * 4096)


keep = []
trouble = []
PROGRAMS = [database, append_log, folder_rename, hard_links, random_writes]


def run_all():
    for program in PROGRAMS:
        try:
            program(f"/srv/{program.__name__}")
        except Exception as error:
            trouble.append(f"{program.__name__}: {error!r}")
            print(trouble[-1], flush=True)
    finished.set()


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if finished.is_set() else 503)
        self.end_headers()
        self.wfile.write("\n".join(trouble).encode())


finished = threading.Event()
threading.Thread(target=run_all, daemon=True).start()
http.server.ThreadingHTTPServer(("", 8000), Answer).serve_forever()
