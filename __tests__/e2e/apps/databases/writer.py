"""Commits numbers, one after the other, and prints each once the database has said that it is committed.

  writer.py postgresql|sqlite write   goes on until it is ended
  writer.py postgresql|sqlite check   prints how many there are and the largest, after it has checked the database
"""

import sqlite3
import subprocess
import sys

SQLITE = "/srv/db/app.sqlite"


class PostgreSql:
    """One session of psql: it says "done" after each commit."""

    def __init__(self):
        command = ["psql", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "postgres"]
        self.psql = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask("CREATE TABLE IF NOT EXISTS numbers (n integer PRIMARY KEY, text text)")

    def ask(self, statement):
        self.psql.stdin.write(f"{statement};\n\\echo done\n")
        self.psql.stdin.flush()
        lines = []
        for line in self.psql.stdout:
            if line == "done\n":
                return lines
            lines.append(line.strip())
        sys.exit("psql has ended")

    def write(self, number):
        self.ask(f"INSERT INTO numbers VALUES ({number}, repeat('x', 2000))")

    def check(self):
        self.ask("ANALYZE numbers")
        self.ask("REINDEX TABLE numbers")
        return self.ask("SELECT count(*) || ' ' || coalesce(max(n), 0) FROM numbers WHERE length(text) = 2000")[0]


class Sqlite:
    def __init__(self):
        self.connection = sqlite3.connect(SQLITE, timeout=30)
        # By default the removal of the journal, which is the commit, is not synced: https://sqlite.org/pragma.html#pragma_synchronous
        self.connection.execute("PRAGMA synchronous = EXTRA")
        self.connection.execute("CREATE TABLE IF NOT EXISTS numbers (n integer PRIMARY KEY, text text)")

    def write(self, number):
        with self.connection:
            self.connection.execute("INSERT INTO numbers VALUES (?, ?)", (number, "x" * 2000))

    def check(self):
        result = self.connection.execute("PRAGMA integrity_check").fetchone()[0]
        if result != "ok":
            sys.exit(result)
        query = "SELECT count(*) || ' ' || coalesce(max(n), 0) FROM numbers WHERE length(text) = 2000"
        return self.connection.execute(query).fetchone()[0]


database = PostgreSql() if sys.argv[1] == "postgresql" else Sqlite()
if sys.argv[2] == "check":
    print(database.check())
else:
    number = int(database.check().split()[1])
    while True:
        number += 1
        database.write(number)
        print(number, flush=True)
