"""What secrets.sh and the script that creates a container cannot do in bash. Only Python's standard library is used.

  secret_values.py write ANSWERS FOLDER CONTAINER   the values in Secret Manager's answers, as files: `environment`, a list with
                                                    a NUL after each variable, and `file-0`, `file-1`, … as in secret-files
  secret_values.py command [--entrypoint]           the image's own command, a NUL after each argument; standard input has
                                                    its entrypoint and its arguments as JSON

ANSWERS has, in a folder for each version of a secret by its number in `names`, either `value`, or `body` and `status` of
Secret Manager's answer. A value is in no message.
https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access
"""

import base64
import binascii
import json
import os
import sys


class Unusable(Exception):
    pass


def crc32c(data):
    """Castagnoli's, bit by bit: secrets are small. https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4"""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def list_in(*path):
    """A list that has a NUL after each element; none where there is no such file."""
    return read(*path).decode().split("\0")[:-1] if os.path.exists(os.path.join(*path)) else []


def parsed(body):
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def refusal(status, body):
    error = parsed(body).get("error")
    error = error if isinstance(error, dict) else {}
    words = [f"HTTP {status}", error.get("status"), error.get("message")]
    return " ".join(word for word in words if isinstance(word, str) and word)


def value_in(body):
    payload = parsed(body).get("payload")
    if not isinstance(payload, dict):
        raise Unusable("the answer has no payload")
    try:
        value = base64.b64decode(payload.get("data", ""), validate=True)
        checksum = int(payload["dataCrc32c"]) if "dataCrc32c" in payload else None
    except (binascii.Error, TypeError, ValueError):
        raise Unusable("the answer cannot be read") from None
    if checksum is not None and checksum != crc32c(value):
        raise Unusable("the answer was damaged on its way: its checksum is another one")
    return value


def value_of(folder):
    if os.path.exists(os.path.join(folder, "value")):
        return read(folder, "value")
    status = read(folder, "status").decode()
    body = read(folder, "body")
    if status != "200":
        raise Unusable(refusal(status, body))
    return value_in(body)


def values_in(answers):
    """The values, by the names of their versions."""
    values = {}
    for index, name in enumerate(list_in(answers, "names")):
        try:
            values[name] = value_of(os.path.join(answers, str(index)))
        except Unusable as reason:
            raise Unusable(f"secret {name}: {reason}") from None
    return values


def write(folder, name, content):
    path = os.path.join(folder, name)
    # Whole or not at all.
    with open(f"{path}.new", "wb") as file:
        file.write(content)
    os.replace(f"{path}.new", path)


def write_values(answers, folder, container):
    values = values_in(answers)
    environment = b""
    for variable, name in (entry.split("=", 1) for entry in list_in(container, "secrets")):
        if b"\0" in values[name]:
            raise Unusable(f"secret {name}: it has a NUL, which no environment variable can: give it with secretFiles")
        environment += variable.encode() + b"=" + values[name] + b"\0"
    write(folder, "environment", environment)
    for index, entry in enumerate(list_in(container, "secret-files")):
        # The name of a version has no "=", and a path may.
        write(folder, f"file-{index}", values[entry.rsplit("=", 1)[1]])


def write_command(with_arguments):
    entrypoint, arguments = json.loads(sys.stdin.buffer.read())
    words = (entrypoint or []) + ((arguments or []) if with_arguments else [])
    sys.stdout.buffer.write(b"".join(word.encode() + b"\0" for word in words))


def main(command, *arguments):
    try:
        if command == "write":
            write_values(*arguments)
        else:
            write_command("--entrypoint" not in arguments)
    except (Unusable, OSError) as error:
        sys.exit(str(error))


os.umask(0o077)
main(*sys.argv[1:])
