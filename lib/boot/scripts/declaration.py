"""Reads what a machine is to run. Python, since Container-Optimized OS has it (cloud-init is written in it) and no other
program that reads JSON. Only its standard library is used.

  declaration.py split ATTRIBUTES FOLDER   the instance's attributes, as files user-data and declaration
  declaration.py images DECLARATION        the images that it names, a line each
  declaration.py render DECLARATION FOLDER what the scripts read, as files; fails with a reason if it is not valid

Texts of files are ended by nothing, lists have a NUL after each element.
"""

import json
import os
import re
import shlex
import sys

KEY = "gcs-backed-container-app"
# Where gcsfuse finds its config file in the sidecar.
GCSFUSE_CONFIG = "/etc/gcsfuse/config.yaml"
# Seconds that gcsfuse has to finish uploads.
GCSFUSE_STOP_TIMEOUT = 60
# The log driver that the logging agent of COS reads. Logs are rotated, so that they cannot fill the disk.
LOG_OPTIONS = ["--log-driver=json-file", "--log-opt=max-size=100m", "--log-opt=max-file=3"]
# Keeps the app from starving gcsfuse and the rest of the host. The limit of processes, twice podman's default, stops a
# fork bomb. When memory runs out, the kernel kills one of the app's processes first. (Raising the app's score needs no
# privilege. Lowering that of gcsfuse would need one that an engine inside a container lacks.)
# https://docs.podman.io/en/latest/markdown/podman-run.1.html#pids-limit-limit
# https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html
APP_LIMITS = ["--pids-limit=4096", "--oom-score-adj=500"]


# Levels in each other; a declaration needs six.
MOST_LEVELS = 100
# The keys of a container's secrets, and the files that name them.
SECRETS = {"secrets": "secrets", "secretFiles": "secret-files"}
# With which the program of a container with secrets begins, see create-container.sh.
WITH_SECRETS = [f"/.{KEY}/{name}" for name in ("with-secrets", "environment")]
# Where every key is the user's own.
USERS_OWN = ("environment", "gcsfuseConfig")


class Invalid(Exception):
    pass


def parse(text):
    def unique(pairs):
        result = dict(pairs)
        if len(result) < len(pairs):
            raise Invalid("a key is given twice")
        return result

    def no_number(name):
        raise Invalid(f"{name} is no number")

    def number(digits):
        value = float(digits)
        if value in (float("inf"), float("-inf")):
            raise Invalid("a number is too large")
        # To JSON Schema, 80.0 is an integer.
        return int(value) if value.is_integer() and abs(value) < 2**53 else value

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=no_number, parse_float=number)
    except ValueError as error:
        raise Invalid(f"it is not JSON: {error}") from None
    except RecursionError:
        raise Invalid("it is nested too deeply") from None
    check_texts(value)
    return value


def check_texts(value):
    """What JSON can hold and no file can."""
    level = [value]
    for _ in range(MOST_LEVELS):
        if any(isinstance(item, str) and re.search("[\ud800-\udfff]", item) for item in level):
            raise Invalid("it has half of a surrogate pair")
        lists = [item for item in level if isinstance(item, list)]
        objects = [item for item in level if isinstance(item, dict)]
        level = [part for item in lists for part in item]
        level += [part for item in objects for pair in item.items() for part in pair]
    if level:
        raise Invalid("it is nested too deeply")


TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}


def check(value, schema, root, where="the declaration"):
    """The part of JSON Schema that declaration.schema.json uses. The value itself is not printed: it may be a secret."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    # To Python, True is 1.
    if "enum" in schema and (isinstance(value, bool) or value not in schema["enum"]):
        raise Invalid(f"{where} is none of {json.dumps(schema['enum'])}")
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (kind == "integer" and isinstance(value, bool))):
        raise Invalid(f"{where} has another type than {kind}")
    # Each pattern is anchored; Python's $ would let a line break pass.
    if "pattern" in schema and not re.fullmatch(schema["pattern"][1:-1], value):
        raise Invalid(f"{where} does not match {schema['pattern']}")
    if "minimum" in schema and not schema["minimum"] <= value <= schema["maximum"]:
        raise Invalid(f"{where} is not from {schema['minimum']} to {schema['maximum']}")
    if kind == "array" and "items" in schema:
        for index, item in enumerate(value):
            check(item, schema["items"], root, f"{where}[{index}]")
    if kind == "object":
        check_object(value, schema, root, where)


def check_object(value, schema, root, where):
    others = schema.get("additionalProperties", True)
    properties = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            raise Invalid(f"{where} has no {name}")
    for name, item in value.items():
        if "propertyNames" in schema:
            check(name, schema["propertyNames"], root, f"a name in {where}")
        if name in properties:
            check(item, properties[name], root, name if where == "the declaration" else f"{where}.{name}")
        elif others is False:
            raise Invalid(f"{where} has {json.dumps(name)}, which this version does not know")
        elif others is not True:
            check(item, others, root, f"{where}.{name}")


def images_of(value):
    """Of any version: every value of a key named image, but where keys are the user's own."""
    found = []
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []:
        if key == "image" and isinstance(item, str):
            found.append(item)
        if key not in USERS_OWN:
            found += images_of(item)
    return list(dict.fromkeys(found))


def mount_argument(**fields):
    """docker's --mount: a line of comma-separated values.
    https://docs.docker.com/engine/storage/bind-mounts/#options-for---mount"""

    def field(text):
        return text if re.fullmatch(r"[A-Za-z0-9_=/.:-]*", text) else '"' + text.replace('"', '""') + '"'

    names = {key: key.replace("_", "-") for key in fields}
    texts = [names[key] if value is True else f"{names[key]}={value}" for key, value in fields.items() if value]
    return "--mount=" + ",".join(field(text) for text in texts)


class Layout:
    """Where a host has the files and containers of an app."""

    def __init__(self, environment):
        self.run = environment.get("RUN_FOLDER", "/run/gcs-backed-container-app")
        self.prefix = environment.get("CONTAINER_PREFIX", "")
        self.label = f"--label={KEY}={environment.get('CONTAINER_LABEL', 'app')}"
        self.sidecar_network = environment.get("SIDECAR_NETWORK", "host")
        # Where Docker volumes play the disks, what their names begin with.
        self.disk_volumes = environment.get("DISK_VOLUME_PREFIX")
        # Of the app and its own sidecars.
        self.app_network = f"{self.prefix}sidecars"

    def folder(self, index):
        """In memory, shared between a sidecar and the app; gcsfuse mounts at fs in it."""
        return f"{self.run}/gcsfuse-{index}"

    def disk_argument(self, disk):
        """Docker fills an empty volume from the image, as disk.sh does a disk."""
        if self.disk_volumes is not None:
            return mount_argument(type="volume", source=self.disk_volumes + disk["name"], target=disk["path"])
        source = f"{self.run}/disk-{disk['name']}/fs"
        return mount_argument(type="bind", source=source, target=disk["path"], bind_propagation="rslave")


def containers(declaration):
    """The containers that run what the user gave, by the folders of their files. In a declaration, the app's own is the
    top level."""
    sidecars = declaration.get("sidecars", [])
    result = {"app": declaration, **{f"sidecar-{sidecar['name']}": sidecar for sidecar in sidecars}}
    if len(result) <= len(sidecars) or any(sidecar["name"] == "app" for sidecar in sidecars):
        raise Invalid("a sidecar has the name of another one, or of the app")
    return result


def mounts_of(declaration):
    """Each gcsfuse-N: its mount, and the paths where the containers have it, by their folders. Containers that declare the
    same mount, but for the path, share one, since several gcsfuse that write to one folder would not see each other's
    changes at once."""
    result = []
    for folder, container in containers(declaration).items():
        for mount in container["mounts"]:
            same = [paths for other, paths in result if folder not in paths and is_same_mount(other, mount)]
            if same:
                same[0][folder] = mount["path"]
            else:
                result.append((mount, {folder: mount["path"]}))
    return result


def is_same_mount(one, other):
    """As JSON, since to Python True is 1."""
    texts = [json.dumps({**mount, "path": ""}, sort_keys=True) for mount in (one, other)]
    return texts[0] == texts[1]


def disks_of(declaration):
    """Each disk with the folder of the container that has it."""
    result = [(folder, disk) for folder, part in containers(declaration).items() for disk in part.get("disks", [])]
    if len({disk["name"] for _, disk in result}) < len(result):
        raise Invalid("a disk has the name of another one")
    return result


def container_options(folder, container, declaration, layout):
    """no-new-privileges is left out: the app runs unmodified, and programs such as sudo, sendmail and ping get rights
    from setuid bits and file capabilities, which Docker and Kubernetes allow by default too. Docker's default
    capabilities still bound them."""
    options = [layout.label, "--restart=no", *LOG_OPTIONS, *APP_LIMITS]
    options.append(f"--stop-timeout={container['stopTimeoutSeconds']}")
    if "user" in container:
        options.append(f"--user={container['user']}")
    for port in container["ports"]:
        address = f"{port['hostAddress']}:" if "hostAddress" in port else ""
        options.append(f"--publish={address}{port['hostPort']}:{port['containerPort']}/{port['protocol']}")
    options += [layout.disk_argument(disk) for disk in container.get("disks", [])]
    if "memoryMib" in container:
        options.append(f"--memory={container['memoryMib']}m")
    if "healthCheck" in container:
        options += health_options(container["healthCheck"], bool(container.get("secrets")))
    if declaration.get("sidecars"):
        options.append(f"--network={layout.app_network}")
        # A container is found by its own name, too, and only that one goes over to the next version with `docker rename`.
        alias = container.get("name", "app")
        if alias != f"{layout.prefix}{folder}":
            options.append(f"--network-alias={alias}")
    for index, (mount, paths) in enumerate(mounts_of(declaration)):
        if folder in paths:
            options.append(
                mount_argument(
                    type="bind",
                    source=f"{layout.folder(index)}/fs",
                    target=paths[folder],
                    bind_propagation="rslave",
                    readonly=mount["readOnly"],
                )
            )
    return options


def health_options(check, has_secrets):
    """docker's --health-cmd is a line for the shell of the image. The check has the container's secrets, too."""
    command = [*(WITH_SECRETS if has_secrets else []), *check["command"]]
    return [
        f"--health-cmd={shlex.join(command)}",
        f"--health-interval={check['intervalSeconds']}s",
        f"--health-timeout={check['timeoutSeconds']}s",
        f"--health-retries={check['retries']}",
        f"--health-start-period={check['startPeriodSeconds']}s",
    ]


def gcsfuse_options(declaration, layout, index):
    """gcsfuse runs as root and mounts without a setuid helper, hence no-new-privileges. --read-only is left out: with
    SYS_ADMIN the root could be remounted writable. gcsfuse.sh adds the config file."""
    privileged = declaration["gcsfuse"]["privileged"]
    folder = layout.folder(index)
    return [
        f"--name={layout.prefix}gcsfuse-{index}",
        layout.label,
        "--restart=no",
        *LOG_OPTIONS,
        f"--stop-timeout={GCSFUSE_STOP_TIMEOUT}",
        f"--network={layout.sidecar_network}",
        "--security-opt=no-new-privileges",
        *(["--privileged"] if privileged else ["--cap-drop=ALL", "--cap-add=SYS_ADMIN"]),
        *([] if privileged else ["--security-opt=apparmor=unconfined"]),
        "--device=/dev/fuse",
        mount_argument(type="bind", source=folder, target=folder, bind_propagation="rshared"),
    ]


def nul(values):
    return "".join(f"{value}\0" for value in values)


def probed_ports(container):
    """Those by which it is seen that a container is live; of a sidecar only what it publishes."""
    published = [port["containerPort"] for port in container["ports"] if port["protocol"] == "tcp"]
    return published + ([container["httpCheck"]["containerPort"]] if "httpCheck" in container else [])


def http_check(containerPort, host, path, intervalSeconds, expectedStatus=""):
    """As answers_http of liveness.sh takes them. Any status will do where none is expected."""
    return [containerPort, host, path, intervalSeconds, expectedStatus]


def container_files(folder, container, declaration, layout):
    """One folder for each container, with the same files."""
    result = {
        "image": container["image"],
        "options": nul(container_options(folder, container, declaration, layout)),
        "environment": nul(f"{name}={value}" for name, value in container["environment"].items()),
        "entrypoint": nul(container.get("entrypoint", [])),
        "args": nul(container.get("args", [])),
        "restart-policy": container["restartPolicy"],
        "metadata-server-access": json.dumps(declaration["metadataServerAccess"]),
        "tcp-ports": nul(dict.fromkeys(probed_ports(container))),
        "certificates-for": nul(container.get("certificatesFor", [])),
        "health-check": json.dumps("healthCheck" in container),
        "http-check": nul(http_check(**container["httpCheck"])) if "httpCheck" in container else "",
        "needs": "".join(f"{name}\n" for name in needs_of(folder, declaration, layout)),
    }
    if "user" in container:
        result["user"] = container["user"]
    if declaration.get("sidecars"):
        result["network"] = layout.app_network
    for key, name in SECRETS.items():
        versions = container.get(key, {}).items()
        if versions:
            result[name] = nul(f"{place}={version['secret']}/versions/{version['version']}" for place, version in versions)
    return result


def needs_of(folder, declaration, layout):
    """What a container waits for: the folders of its own disks and mounts."""
    disks = disks_of(declaration) if layout.disk_volumes is None else []
    return [f"disk-{disk['name']}" for owner, disk in disks if owner == folder] + [
        f"gcsfuse-{index}" for index, (_, paths) in enumerate(mounts_of(declaration)) if folder in paths
    ]


def files(declaration, layout):
    """The files that the scripts read, by name."""
    # What docker-credential-gcr configure-docker would write: the helper fetches a token of the VM's service account
    # for these hosts whenever docker pulls.
    docker = {"credHelpers": {host: "gcr" for host in declaration["registries"]}}
    result = {}
    for folder, container in containers(declaration).items():
        texts = container_files(folder, container, declaration, layout)
        result.update({f"{folder}/{name}": text for name, text in texts.items()})
        # It also has the program with which a container with secrets begins.
        if "secrets" in texts:
            result["gcsfuse-image"] = declaration["gcsfuse"]["image"]
    result["docker/config.json"] = json.dumps(docker)
    result["images"] = "".join(f"{image}\n" for image in images_of(declaration))
    result["start-timeout"] = str(declaration["startTimeoutSeconds"])
    result["updates"] = declaration.get("updates", "replace")
    for index, (mount, paths) in enumerate(mounts_of(declaration)):
        texts = mount_files(declaration, layout, index, next(iter(paths)), mount)
        result.update({f"gcsfuse-{index}/{name}": text for name, text in texts.items()})
    for folder, disk in disks_of(declaration):
        texts = disk_files(declaration, folder, disk)
        result.update({f"disk-{disk['name']}/{name}": text for name, text in texts.items()})
    return result


def disk_files(declaration, folder, disk):
    within = f"{disk['path']}/"
    mounts = [mount["path"] for mount in containers(declaration)[folder]["mounts"]]
    return {
        "path": disk["path"],
        # Whose image's files an empty disk gets.
        "container": folder,
        # What is mounted inside the disk: the folders on the way belong to the container's user.
        "folders": nul(path[len(within) :] for path in mounts if path.startswith(within)),
        **({"disk": disk["disk"]} if "disk" in disk else {}),
        **({"any-mark": ""} if disk.get("anyFileSystem") else {}),
    }


def section(config, key, kind):
    """Of gcsfuse's config, which gcsfuse itself checks."""
    return config[key] if isinstance(config.get(key), kind) else kind()


def mount_files(declaration, layout, index, folder, mount):
    file_system = section(mount["gcsfuseConfig"], "file-system", dict)
    options = section(file_system, "fuse-options", list)
    command = [f"--config-file={GCSFUSE_CONFIG}", mount["bucket"], f"{layout.folder(index)}/fs"]
    return {
        "path": mount["path"],
        # For the verdict.
        "mount.json": json.dumps(mount),
        # Whose image's user the files belong to.
        "container": folder,
        "image": declaration["gcsfuse"]["image"],
        "options": nul(gcsfuse_options(declaration, layout, index)),
        "command": nul(command),
        # JSON is YAML, but for halves of surrogate pairs as escapes, and what YAML takes for a line break or does not read.
        "config.yaml": re.sub(
            "[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]",
            lambda match: f"\\u{ord(match[0]):04x}",
            json.dumps(mount["gcsfuseConfig"], ensure_ascii=False),
        ),
        "read-only": json.dumps(mount["readOnly"]),
        "no-copy": json.dumps(mount.get("noCopy", False)),
        # Whether gcsfuse's modes may be others, so that more users can write.
        "default-modes": json.dumps(not mount["readOnly"] and not {"file-mode", "dir-mode"} & set(file_system)),
        "fuse-options": ",".join(option for option in options if isinstance(option, str)),
        **{name: str(mount[name]) for name in ("uid", "gid") if name in mount},
    }


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    # Whole or not at all: others read it meanwhile.
    with open(f"{path}.new", "w", encoding="utf-8", newline="") as file:
        file.write(text)
    os.replace(f"{path}.new", path)


def read(path):
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except UnicodeDecodeError:
        raise Invalid("it is not UTF-8") from None


def split(source, folder):
    attributes = parse(read(source))
    if not isinstance(attributes, dict):
        raise Invalid("the metadata is no object")
    for name, key in (("user-data", "user-data"), ("declaration", KEY)):
        if isinstance(attributes.get(key), str):
            write(folder, name, attributes[key])
        elif os.path.exists(os.path.join(folder, name)):
            os.remove(os.path.join(folder, name))


def render(source, folder):
    declaration = parse(read(source))
    schema = parse(read(os.path.join(os.path.dirname(os.path.abspath(__file__)), "declaration.schema.json")))
    check(declaration, schema, schema)
    for name, text in files(declaration, Layout(os.environ)).items():
        write(folder, name, text)


def main(command, source, folder=None):
    try:
        if command == "split":
            split(source, folder)
        elif command == "render":
            render(source, folder)
        else:
            print("".join(f"{image}\n" for image in images_of(parse(read(source)))), end="")
    except (Invalid, OSError, ValueError) as error:
        sys.exit(str(error))


os.umask(0o077)
main(*sys.argv[1:])
