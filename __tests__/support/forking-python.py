"""Runs a program of Python again and again without the start of Python, which takes longer than declaration.py itself: each
time in a child that has what the interpreter and the program's imports had loaded, and nothing of the runs before.

  forking-python.py PROGRAM   prints the port on loopback at which it takes the number of arguments and the arguments, and
                              answers with the exit code, the standard output and the standard error; each ends with NUL
"""

import contextlib
import io
import os
import signal
import socket
import sys
import traceback

# For the program.
import json  # noqa: F401
import re  # noqa: F401


def texts(stream):
    text = b""
    while byte := stream.read(1):
        if byte == b"\0":
            yield text.decode()
            text = b""
        else:
            text += byte


def run(program, path, args):
    """As the interpreter ends: with the text of SystemExit on standard error."""
    sys.argv = [path, *args]
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            exec(program, {"__name__": "__main__", "__file__": path})
        except SystemExit as end:
            code = end.code or 0
            if not isinstance(code, int):
                print(code, file=err)
                code = 1
        except BaseException:
            traceback.print_exc()
            code = 1
    return f"{code}\0{out.getvalue()}\0{err.getvalue()}\0"


def main(path):
    with open(path, encoding="utf-8") as file:
        program = compile(file.read(), path, "exec")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    server = socket.create_server(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)
    while True:
        connection, _ = server.accept()
        if os.fork() == 0:
            with connection.makefile("rwb") as stream:
                given = texts(stream)
                count = int(next(given))
                called, *args = [next(given) for _ in range(count)]
                answer = run(program, path, args) if called == path else f"64\0\0python runs {path} only\n\0"
                stream.write(answer.encode())
            os._exit(0)
        connection.close()


main(*sys.argv[1:])
