"""Commits numbers to a database on a disk, and says over HTTP which was the last, and what was there at the beginning."""

import http.server
import json
import os
import sqlite3
import threading
import time

FOLDER = "/srv/db"
said = {}


def write():
    connection = sqlite3.connect(f"{FOLDER}/numbers.sqlite")
    # By default the removal of the journal, which is the commit, is not synced: https://sqlite.org/pragma.html#pragma_synchronous
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("CREATE TABLE IF NOT EXISTS numbers (n integer PRIMARY KEY, text text)")
    integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
    count, largest = connection.execute("SELECT count(*), coalesce(max(n), 0) FROM numbers").fetchone()
    said["found"] = {"integrity": integrity, "count": count, "largest": largest}
    number = largest
    while True:
        number += 1
        with connection:
            connection.execute("INSERT INTO numbers VALUES (?, ?)", (number, "x" * 2000))
        said["committed"] = number
        time.sleep(0.05)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        size = os.statvfs(FOLDER)
        body = json.dumps({**said, "bytes": size.f_blocks * size.f_frsize}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


threading.Thread(target=write, daemon=True).start()
http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
