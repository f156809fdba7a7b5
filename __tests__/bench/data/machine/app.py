"""An app as nginx has it behind it: PUT /upload/NAME writes a file, POST /do/ACTION does what apps do with files."""

import json
import os
import shutil
import subprocess
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FILES = "/mnt/files"
CACHES = ["/var/cache/gcsfuse", "/var/cache/rclone"]
STAGED = ["/var/tmp", "/tmp", "/dev/shm"]
BLOCK = 1 << 20

mounted = None


def at(name):
    return os.path.join(FILES, name)


def start_mount(command, config):
    """Returns once the mount answers."""
    global mounted
    with open("/srv/config.yaml", "w") as file:
        json.dump(config, file)
    for folder in CACHES:
        os.makedirs(folder, exist_ok=True)
    mounted = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=open("/srv/mount.log", "w"))
    while not os.path.ismount(FILES):
        if mounted.poll() is not None:
            raise RuntimeError(open("/srv/mount.log").read()[-2000:])
        time.sleep(0.005)
    return sorted(os.listdir(FILES))


def end_mount():
    """As a reboot: what the caches have is gone."""
    global mounted
    if mounted:
        subprocess.run(["umount", "--lazy", FILES], check=True)
        mounted.terminate()
        mounted.wait(60)
        mounted = None
    for folder in CACHES:
        shutil.rmtree(folder, ignore_errors=True)


def make(folder, count, size):
    os.makedirs(at(folder), exist_ok=True)
    for index in range(count):
        with open(at(f"{folder}/{index:05}"), "wb") as file:
            for start in range(0, size, BLOCK):
                file.write(os.urandom(min(BLOCK, size - start)))


def names(folder):
    return len(os.listdir(at(folder)))


def names_and_sizes(folder):
    with os.scandir(at(folder)) as entries:
        return sum(entry.stat(follow_symlinks=False).st_size for entry in entries)


def stat_and_open(folder, count):
    for index in range(count):
        name = at(f"{folder}/{index:05}")
        os.stat(name)
        os.close(os.open(name, os.O_RDONLY))


def read(folder, count):
    for index in range(count):
        with open(at(f"{folder}/{index:05}"), "rb") as file:
            file.read()


def fio(threads, pattern, bytes, block):
    jobs = [option for index in range(threads) for option in (f"--name={index}", f"--filename={at(f'fio/{index:05}')}")]
    same = ["--readonly", "--ioengine=psync", "--invalidate=0", f"--rw={pattern}", f"--bs={block}", f"--io_size={bytes}"]
    subprocess.run(["fio", *same, *jobs], check=True, stdout=subprocess.DEVNULL)


def rewrite(name):
    with open(at(name), "rb") as file:
        content = file.read()
    with open(at(name), "wb") as file:
        file.write(content[::-1])


def remove(names):
    for name in names:
        os.remove(at(name))


def rename(old, new):
    try:
        os.rename(at(old), at(new))
    except OSError as error:
        return error.strerror


def forget(folders):
    """Drops from the page cache what has been read of these folders, and of the caches."""
    os.sync()
    for folder in [at(name) for name in folders] + CACHES:
        for parent, _, files in os.walk(folder):
            for file in files:
                descriptor = os.open(os.path.join(parent, file), os.O_RDONLY)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(descriptor)


def size_of(folders):
    present = [folder for folder in folders if os.path.exists(folder)]
    if not present:
        return 0
    output = subprocess.run(["du", "-sbc", *present], capture_output=True, text=True).stdout
    return int(output.split("\n")[-2].split()[0])


def usage():
    peak = 0
    if mounted:
        with open(f"/proc/{mounted.pid}/status") as file:
            peak = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
    return {"sidecarPeakBytes": peak, "cacheBytes": size_of(CACHES), "stagedBytes": size_of(STAGED)}


def cpu_seconds():
    """Of this container, by either version of cgroups."""
    try:
        with open("/sys/fs/cgroup/cpuacct/cpuacct.usage") as file:
            return int(file.read()) / 1e9
    except FileNotFoundError:
        with open("/sys/fs/cgroup/cpu.stat") as file:
            return int(file.readline().split()[1]) / 1e6


def versions():
    run = lambda *command: subprocess.run(command, capture_output=True, text=True)
    return {
        "gcsfuse": run("gcsfuse", "--version").stdout.split("(")[0].strip(),
        "rclone": run("rclone", "version").stdout.split("\n")[0],
        "nginx": run("nginx", "-v").stderr.strip(),
    }


ACTIONS = [
    start_mount, end_mount, make, names, names_and_sizes, stat_and_open, read, fio, rewrite, remove, rename, forget, usage,
    cpu_seconds, versions,
]  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_PUT(self):
        left = int(self.headers["Content-Length"])
        with open(at(self.path.removeprefix("/upload/")), "wb") as file:
            while left > 0:
                block = self.rfile.read(min(BLOCK, left))
                file.write(block)
                left -= len(block)
        self.answer(200, None)

    def do_POST(self):
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        actions = {action.__name__: action for action in ACTIONS}
        try:
            self.answer(200, actions[self.path.removeprefix("/do/")](**given))
        except Exception as error:
            self.answer(500, f"{type(error).__name__}: {error}")

    def answer(self, status, result):
        body = json.dumps(result).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


Server(("127.0.0.1", 8000), Handler).serve_forever()
