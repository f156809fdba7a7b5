import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { TerraformVariable, Token } from "cdktf";
import {
  ContainerImage,
  GcsBackedContainerApp,
  GcsBackedContainerAppProps,
  GcsMount,
  MaintenancePolicy,
  MountContent,
  NetworkTier,
  Protocol,
} from "../../lib";
import { quote } from "../../lib/checks/invalid-input";
import { annotations, APP_FOLDER, newStack, ready } from "../support/synthesize";

type Props = Partial<GcsBackedContainerAppProps>;
/** What is given, and the sentence that is printed for it. */
type Row = [given: string, props: Props, message: string];

const mount = (options: Partial<GcsMount>): Props => ({ mounts: [{ path: "/srv/app/uploads", ...options }] });
const paths = (...all: string[]): Props => ({ mounts: all.map((path) => ({ path })) });
const folders = (...all: string[]): Props => ({ mounts: all.map((prefix, index) => ({ path: `/${index}`, prefix })) });
const image = (reference: string): Props => ({ image: ContainerImage.fromRegistry(reference) });
const built = (directory: string, options = {}): Props => ({ image: ContainerImage.fromDirectory(directory, options) });
/** What a caller without types can give. */
const untyped = (props: object) => props as Props;
const circular = () => {
  const object: { a?: unknown } = {};
  object.a = object;
  return object;
};
const bytes = (count: number) => "x".repeat(count);

const NAME =
  'use 3 to 27 lower-case letters, digits and "-", beginning with a letter and not ending with "-": it is part of the service account\'s id';
const PROJECT =
  "use the project's id (not its number or display name): 6 to 30 lower-case letters, digits and hyphens (gcloud projects list)";
const ZONE = 'use the name of a zone such as "us-east1-b" (gcloud compute zones list)';
const BUCKET =
  'use 3 to 63 lower-case letters, digits, "-" and "_", beginning and ending with a letter or digit, without the word "google"';
const LOCATION =
  'use a region such as "us-east1", a dual-region such as "NAM4", or a multi-region: "US", "EU" or "ASIA"';
const LABEL = 'use at most 63 lower-case letters, digits, "_" and "-", beginning with a letter and not with "goog"';
const MACHINE_TYPE = 'use a machine type such as "e2-small" (gcloud compute machine-types list)';
const REFERENCE = 'use a reference such as "ghcr.io/me/app:1.2" or "ghcr.io/me/app@sha256:…"';
const PORT = "use a whole number from 1 to 65535";
const RANGE = 'use CIDR ranges such as "203.0.113.0/24", or "203.0.113.7/32" for one address';
const PATH =
  'use an absolute path in the container such as "/srv/app/uploads": not "/", no empty, "." or ".." segments, no trailing slash, no space at either end, no line breaks or control characters, Unicode in form NFC';
const CONTENT = 'use MountContent.SMALL_FILES or MountContent.LARGE_MEDIA ("small-files" or "large-media")';
const PREFIX =
  'use a folder of the bucket such as "photos/2026": no leading slash, no empty, "." or ".." segments, no space at either end, no line breaks or control characters, Unicode in form NFC';
const OWN_FOLDER =
  "give each mount that writes a prefix of its own, neither inside the other, or set readOnly for one of the two";
const SYSTEM = "is a system folder of the container: mount the folder that the app writes to";
const VARIABLE = 'use letters, digits, "_", "." and "-", not beginning with a digit';
const MODE = 'use octal permission bits such as "0644"';
const ID = "use a whole number from 0 to 4294967294";
const TAG = 'use at most 63 lower-case letters, digits and "-", beginning with a letter and not ending with "-"';
const NETWORK =
  'use a name of at most 63 lower-case letters, digits and "-" such as "default", or a self link that ends with one';
const OWN_KEYS =
  "gcs-backed-container-app, user-data, google-logging-enabled, google-monitoring-enabled, cos-update-strategy, enable-oslogin, block-project-ssh-keys, serial-port-enable, enable-guest-attributes, user-data-encoding";
const METADATA_KEY = 'use at most 128 letters, digits, "_" and "-"';
const KNOWN = "the image's tag depends on it: use a value that is known before Terraform runs";

const emptyFolder = mkdtempSync(join(tmpdir(), "no-dockerfile-"));
const fileInsteadOfFolder = join(emptyFolder, "file");
writeFileSync(fileInsteadOfFolder, "");

const TABLE: { [group: string]: Row[] } = {
  name: [
    ["too short for the service account", { name: "ab" }, `name "ab" is not valid: ${NAME}`],
    ["too long for the service account", { name: "a".repeat(28) }, `name "${"a".repeat(28)}" is not valid: ${NAME}`],
    ["upper case", { name: "Gallery" }, `name "Gallery" is not valid: ${NAME}`],
    ["beginning with a digit", { name: "1gallery" }, `name "1gallery" is not valid: ${NAME}`],
    ["ending with a hyphen", { name: "gallery-" }, `name "gallery-" is not valid: ${NAME}`],
    ["underscore", { name: "my_gallery" }, `name "my_gallery" is not valid: ${NAME}`],
    ["empty", { name: "" }, `name "" is not valid: ${NAME}`],
  ],
  project: [
    ["number", { project: "123456789" }, `project "123456789" is not valid: ${PROJECT}`],
    ["display name", { project: "My Project" }, `project "My Project" is not valid: ${PROJECT}`],
    ["too short", { project: "short" }, `project "short" is not valid: ${PROJECT}`],
    ["too long", { project: "p".repeat(31) }, `project "${"p".repeat(31)}" is not valid: ${PROJECT}`],
    ["ending with a hyphen", { project: "my-project-" }, `project "my-project-" is not valid: ${PROJECT}`],
    ["domain without project", { project: "example.com:" }, `project "example.com:" is not valid: ${PROJECT}`],
    ["domain with a dot too many", { project: "a:b:my-project" }, `project "a:b:my-project" is not valid: ${PROJECT}`],
  ],
  zone: [
    ["region", { zone: "us-east1" }, `zone "us-east1" is not valid: ${ZONE}`],
    ["upper case", { zone: "US-EAST1-B" }, `zone "US-EAST1-B" is not valid: ${ZONE}`],
    ["no number", { zone: "us-east-b" }, `zone "us-east-b" is not valid: ${ZONE}`],
    ["a part too many", { zone: "us-far-east1-b" }, `zone "us-far-east1-b" is not valid: ${ZONE}`],
    ["number for a letter", { zone: "us-east1-1" }, `zone "us-east1-1" is not valid: ${ZONE}`],
    ["number 0", { zone: "us-east0-b" }, `zone "us-east0-b" is not valid: ${ZONE}`],
    ["multi-region", { zone: "us" }, `zone "us" is not valid: ${ZONE}`],
  ],
  bucket: [
    ["upper case", { existingBucket: "My-Bucket" }, `existingBucket "My-Bucket" is not valid: ${BUCKET}`],
    ["too short", { existingBucket: "ab" }, `existingBucket "ab" is not valid: ${BUCKET}`],
    ["too long", { existingBucket: "b".repeat(64) }, `existingBucket "${"b".repeat(64)}" is not valid: ${BUCKET}`],
    ["url", { existingBucket: "gs://files" }, `existingBucket "gs://files" is not valid: ${BUCKET}`],
    ["IP address", { existingBucket: "192.0.2.1" }, `existingBucket "192.0.2.1" is not valid: ${BUCKET}`],
    [
      "the word google",
      { existingBucket: "my-google-files" },
      `existingBucket "my-google-files" is not valid: ${BUCKET}`,
    ],
    ["the word google with zeros", { existingBucket: "g00gle-x" }, `existingBucket "g00gle-x" is not valid: ${BUCKET}`],
    ["the prefix goog", { existingBucket: "goog-files" }, `existingBucket "goog-files" is not valid: ${BUCKET}`],
    ["ending with a hyphen", { existingBucket: "files-" }, `existingBucket "files-" is not valid: ${BUCKET}`],
    ["of a mount", mount({ bucket: "files/photos" }), `mounts[0].bucket "files/photos" is not valid: ${BUCKET}`],
    ["of bucketOptions", { bucketOptions: { name: "_files" } }, `bucketOptions.name "_files" is not valid: ${BUCKET}`],
    [
      "existing, with options for a new one",
      { existingBucket: "files", bucketOptions: { versioning: false } },
      'existingBucket "files" is not valid: bucketOptions are for a bucket that is created, and an existing one is left as it is: give only one of the two',
    ],
    [
      "default name too long",
      { name: "n".repeat(27), project: `example-company.com:${"p".repeat(30)}` },
      `bucket "example-company-com-${"p".repeat(30)}-${"n".repeat(27)}" is not valid: it is longer than 63 characters: give a shorter name, or the bucket's own name with bucketOptions.name`,
    ],
    [
      "default name with a word that buckets cannot have",
      { name: "google-photos" },
      `bucket "demo-project-123-google-photos" is not valid: ${BUCKET}`,
    ],
    [
      "the app's own, in a mount",
      { mounts: [{ path: "/data", bucket: "demo-project-123-gallery" }] },
      'mounts[0].bucket "demo-project-123-gallery" is not valid: it is the app\'s own bucket: leave it out of the mount',
    ],
    [
      "zone as location",
      { bucketOptions: { location: "us-east1-b" } },
      `bucketOptions.location "us-east1-b" is not valid: ${LOCATION}`,
    ],
    ...["mars", "europe", "us-east", "4", ""].map((location): Row => [
      `location ${JSON.stringify(location)}`,
      { bucketOptions: { location } },
      `bucketOptions.location ${JSON.stringify(location)} is not valid: ${LOCATION}`,
    ]),
    [
      "storage class",
      untyped({ bucketOptions: { storageClass: "cold" } }),
      'bucketOptions.storageClass "cold" is not valid: use "STANDARD" or "NEARLINE" or "COLDLINE" or "ARCHIVE"',
    ],
    [
      "versions with hierarchical namespace",
      { bucketOptions: { versioning: true, hierarchicalNamespace: true } },
      "bucketOptions.versioning true is not valid: a bucket with hierarchicalNamespace keeps no versions: leave one of the two out",
    ],
    [
      "soft delete too short",
      { bucketOptions: { softDeleteRetentionDays: 6 } },
      "bucketOptions.softDeleteRetentionDays 6 is not valid: use a whole number from 7 to 90",
    ],
    [
      "soft delete too long",
      { bucketOptions: { softDeleteRetentionDays: 91 } },
      "bucketOptions.softDeleteRetentionDays 91 is not valid: use a whole number from 7 to 90",
    ],
    [
      "old versions for some time where there are none",
      { bucketOptions: { versioning: false, noncurrentVersionRetentionDays: 7 } },
      "bucketOptions.noncurrentVersionRetentionDays 7 is not valid: the bucket keeps no versions: leave it out, or turn versioning on",
    ],
    [
      "old versions for no time",
      { bucketOptions: { noncurrentVersionRetentionDays: 0 } },
      "bucketOptions.noncurrentVersionRetentionDays 0 is not valid: use a whole number from 1 to 36500",
    ],
  ],
  labels: [
    ["upper case key", { labels: { Team: "web" } }, `label "Team" is not valid: ${LABEL}`],
    ["key beginning with a digit", { labels: { "1team": "web" } }, `label "1team" is not valid: ${LABEL}`],
    ["key of Google's", { labels: { "goog-team": "web" } }, `label "goog-team" is not valid: ${LABEL}`],
    [
      "value of too many bytes",
      { labels: { team: "日本".repeat(31) } },
      `value of label "team" "${"日本".repeat(31)}" is not valid: use at most 128 bytes of UTF-8`,
    ],
    ["empty key", { labels: { "": "web" } }, `label "" is not valid: ${LABEL}`],
    ["key too long", { labels: { ["k".repeat(64)]: "web" } }, `label "${"k".repeat(64)}" is not valid: ${LABEL}`],
    [
      "value with a space",
      { labels: { team: "web shop" } },
      'value of label "team" "web shop" is not valid: use at most 63 lower-case letters, digits, "_" and "-"',
    ],
    [
      "value too long",
      { labels: { team: "v".repeat(64) } },
      `value of label "team" "${"v".repeat(64)}" is not valid: use at most 63 lower-case letters, digits, "_" and "-"`,
    ],
    [
      "too many",
      { labels: Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`label-${index}`, ""])) },
      'number of labels 65 is not valid: use at most 64, the label "app" among them',
    ],
  ],
  machine: [
    [
      "type without size",
      { machine: { machineType: "small" } },
      `machine.machineType "small" is not valid: ${MACHINE_TYPE}`,
    ],
    [
      "upper case",
      { machine: { machineType: "E2-small" } },
      `machine.machineType "E2-small" is not valid: ${MACHINE_TYPE}`,
    ],
    [
      "Arm",
      { machine: { machineType: "t2a-standard-1" } },
      'machine.machineType "t2a-standard-1" is not valid: it is an Arm type, and with those every plan of the google provider 6.50 would replace the VM: use an x86 type such as "e2-small"',
    ],
    [
      "Arm image",
      { machine: { bootImage: "cos-cloud/cos-arm64-stable" } },
      'machine.bootImage "cos-cloud/cos-arm64-stable" is not valid: use a family or image of Container-Optimized OS for x86 such as "cos-cloud/cos-stable" (gcloud compute images list --project=cos-cloud)',
    ],
    [
      "image with a space",
      { machine: { bootImage: "cos stable" } },
      'machine.bootImage "cos stable" is not valid: use a family or image of Container-Optimized OS for x86 such as "cos-cloud/cos-stable" (gcloud compute images list --project=cos-cloud)',
    ],
    [
      "image that Terraform would read as a template",
      { machine: { bootImage: "${x}/cos-stable" } },
      'machine.bootImage "${x}/cos-stable" is not valid: use a family or image of Container-Optimized OS for x86 such as "cos-cloud/cos-stable" (gcloud compute images list --project=cos-cloud)',
    ],
    [
      "disk too small",
      { machine: { bootDiskSizeGb: 9 } },
      "machine.bootDiskSizeGb 9 is not valid: use a whole number from 10 to 65536",
    ],
    [
      "disk of half a GB",
      { machine: { bootDiskSizeGb: 20.5 } },
      "machine.bootDiskSizeGb 20.5 is not valid: use a whole number from 10 to 65536",
    ],
    [
      "disk type",
      { machine: { bootDiskType: "ssd" } },
      'machine.bootDiskType "ssd" is not valid: use a disk type such as "pd-balanced" (gcloud compute disk-types list)',
    ],
    [
      "Hyperdisk for a family that takes none",
      { machine: { bootDiskType: "hyperdisk-balanced" } },
      'machine.bootDiskType "hyperdisk-balanced" is not valid: a VM of type "e2-small" takes no Hyperdisk: use one such as "pd-balanced", or another machineType',
    ],
    [
      "Persistent Disk for a family that takes Hyperdisks only",
      { machine: { machineType: "n4-standard-2", bootDiskType: "pd-ssd" } },
      'machine.bootDiskType "pd-ssd" is not valid: a VM of type "n4-standard-2" takes Hyperdisks only: use "hyperdisk-balanced", or another machineType',
    ],
    ...["a2-highgpu-1g", "a3-highgpu-8g", "a4-highgpu-8g", "g2-standard-4", "g4-standard-48"].map(
      (machineType): Row => [
        `migration of ${machineType}`,
        { machine: { machineType, maintenancePolicy: MaintenancePolicy.MIGRATE } },
        `machine.maintenancePolicy "MIGRATE" is not valid: a VM of type "${machineType}" has GPUs and cannot migrate: use "TERMINATE", or leave it out`,
      ],
    ),
    [
      "maintenance policy",
      untyped({ machine: { maintenancePolicy: "STOP" } }),
      'machine.maintenancePolicy "STOP" is not valid: use "MIGRATE" or "TERMINATE"',
    ],
    [
      "metadata key",
      { machine: { metadata: { "my key": "" } } },
      `metadata key "my key" is not valid: ${METADATA_KEY}`,
    ],
    [
      "metadata key too long",
      { machine: { metadata: { ["k".repeat(129)]: "" } } },
      `metadata key "${"k".repeat(129)}" is not valid: ${METADATA_KEY}`,
    ],
    [
      "metadata key of the construct",
      { machine: { metadata: { "user-data": "" } } },
      `metadata key "user-data" is not valid: leave it out: the construct sets ${OWN_KEYS} itself`,
    ],
    [
      "metadata key that would encode the user-data",
      { machine: { metadata: { "user-data-encoding": "base64" } } },
      `metadata key "user-data-encoding" is not valid: leave it out: the construct sets ${OWN_KEYS} itself`,
    ],
    [
      "metadata key that an object does not keep",
      { machine: { metadata: JSON.parse('{"__proto__": "x"}') } },
      'metadata key "__proto__" is not valid: it cannot be kept in an object: use another name',
    ],
    ...["a\0b", "\ud800"].map((value): Row => [
      "metadata value that is no text",
      { machine: { metadata: { team: value } } },
      `metadata value "team" ${JSON.stringify(value)} is not valid: use text without NUL and without half surrogate pairs`,
    ]),
    [
      "metadata value too large",
      { machine: { metadata: { big: bytes(256 * 1024 + 1) } } },
      'the metadata value "big" has 262145 bytes and can have 262144: give less metadata',
    ],
    [
      "too much metadata",
      { machine: { metadata: { one: bytes(256 * 1024), two: bytes(256 * 1024) } } },
      expect.stringMatching(
        /^the VM's metadata has \d+ bytes and can have 524288: give less metadata$/,
      ) as unknown as string,
    ],
  ],
  image: [
    ["empty", image(""), `image "" is not valid: ${REFERENCE}`],
    ["upper case", image("ghcr.io/Me/app:1"), `image "ghcr.io/Me/app:1" is not valid: ${REFERENCE}`],
    ["url", image("https://ghcr.io/me/app"), `image "https://ghcr.io/me/app" is not valid: ${REFERENCE}`],
    [
      "short digest",
      image("ghcr.io/me/app@sha256:abc"),
      `image "ghcr.io/me/app@sha256:abc" is not valid: ${REFERENCE}`,
    ],
    ["empty tag", image("ghcr.io/me/app:"), `image "ghcr.io/me/app:" is not valid: ${REFERENCE}`],
    [
      "Artifact Registry without image",
      image("us-east1-docker.pkg.dev/my-project/repository:1"),
      'image "us-east1-docker.pkg.dev/my-project/repository:1" is not valid: use LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE for an image in Artifact Registry',
    ],
    [
      "Container Registry's host without project",
      image("eu.gcr.io/app:1"),
      'image "eu.gcr.io/app:1" is not valid: use eu.gcr.io/PROJECT/IMAGE',
    ],
    [
      "Artifact Registry in upper case",
      image("US-EAST1-docker.pkg.dev/my-project/repository/app:1"),
      'image "US-EAST1-docker.pkg.dev/my-project/repository/app:1" is not valid: use the host in lower case: us-east1-docker.pkg.dev',
    ],
    [
      "long name",
      image(`ghcr.io/me/${bytes(253)}:1`),
      `image "ghcr.io/me/${bytes(188)}… (268 characters) is not valid: its name has 256 characters: use at most 255, the registry's host not counted`,
    ],
    [
      "id of an image",
      image("0123456789abcdef".repeat(4)),
      `image "${"0123456789abcdef".repeat(4)}" is not valid: it is an image's id, which only the engine that has the image knows`,
    ],
    [
      "reference that is undefined",
      untyped({ image: ContainerImage.fromRegistry(undefined as unknown as string) }),
      `image undefined is not valid: ${REFERENCE}`,
    ],
    [
      "grant that is no boolean",
      { image: ContainerImage.fromRegistry("ghcr.io/me/app:1", { grantPull: "no" as unknown as boolean }) },
      'grantPull "no" is not valid: use true or false',
    ],
    [
      "folder that is undefined",
      built(undefined as unknown as string),
      'image directory undefined is not valid: use the path of a folder with a Dockerfile, "." for the working directory',
    ],
    [
      "empty folder name",
      built(""),
      'image directory "" is not valid: use the path of a folder with a Dockerfile, "." for the working directory',
    ],
    [
      "build argument that is undefined",
      built(APP_FOLDER, { buildArgs: { A: undefined } }),
      "buildArgs.A undefined is not valid: it is missing: use a string",
    ],
    [
      "build argument that is a number",
      built(APP_FOLDER, { buildArgs: { A: 5 } }),
      'buildArgs.A 5 is not valid: use a string: "5" or String(…)',
    ],
    [
      "build arguments in a text",
      built(APP_FOLDER, { buildArgs: "A=5" }),
      'buildArgs "A=5" is not valid: use an object whose values are strings such as { VERSION: "1.2" }',
    ],
    [
      "Dockerfile that is a number",
      built(APP_FOLDER, { dockerfile: 5 }),
      'dockerfile 5 is not valid: use a string: "5" or String(…)',
    ],
    [
      "build argument whose name Terraform would read as a template",
      built(APP_FOLDER, { buildArgs: { "${x}": "" } }),
      `name of a build argument "\${x}" is not valid: ${VARIABLE}`,
    ],
    [
      "option that there is not",
      built(APP_FOLDER, { buildArg: {} }),
      "buildArg is not a prop: use buildArgs, builder, dockerfile, target",
    ],
    [
      "empty stage",
      built(APP_FOLDER, { target: "" }),
      'target "" is not valid: use the name of a stage of the Dockerfile',
    ],
    ["builder that is none", built(APP_FOLDER, { builder: null }), "builder null is not valid: use a string"],
    [
      "of gcsfuse",
      { gcsfuse: { image: ContainerImage.fromRegistry("g c") } },
      `gcsfuse.image "g c" is not valid: ${REFERENCE}`,
    ],
    [
      "source of packages for an image that is not built",
      { gcsfuse: { ...ready().gcsfuse, aptSource: "deb https://example.com/apt a main" } },
      'gcsfuse.aptSource "deb https://example.com/apt a main" is not valid: it is for building the sidecar\'s image, which is given: give only one of the two',
    ],
    [
      "base image for an image that is not built",
      { gcsfuse: { ...ready().gcsfuse, baseImage: "debian:bookworm-slim" } },
      'gcsfuse.baseImage "debian:bookworm-slim" is not valid: it is for building the sidecar\'s image, which is given: give only one of the two',
    ],
    [
      "base image that is none",
      { gcsfuse: { baseImage: "Debian" } },
      `gcsfuse.baseImage "Debian" is not valid: ${REFERENCE}`,
    ],
    [
      "source of packages that is an address",
      { gcsfuse: { aptSource: "https://example.com/apt" } },
      'gcsfuse.aptSource "https://example.com/apt" is not valid: use one line that begins with "deb", known before Terraform runs',
    ],
    [
      "source of packages in two lines",
      { gcsfuse: { aptSource: "deb https://example.com/apt a main\ndeb https://example.org/apt a main" } },
      'gcsfuse.aptSource "deb https://example.com/apt a main\\ndeb https://example.org/apt a main" is not valid: use one line that begins with "deb", known before Terraform runs',
    ],
    [
      "folder that is not there",
      built("no/such"),
      `image directory "no/such" is not valid: there is no folder "${resolve("no/such")}": create it first, with a Dockerfile; a relative path is relative to the working directory`,
    ],
    [
      "file for a folder",
      built(fileInsteadOfFolder),
      `image directory "${fileInsteadOfFolder}" is not valid: it is a file: use the folder that has the Dockerfile`,
    ],
    [
      "folder without Dockerfile",
      built(emptyFolder),
      `image directory "${emptyFolder}" is not valid: it has no file "Dockerfile": add one, or name it with the option dockerfile`,
    ],
    [
      "Dockerfile of another name that is not there",
      built(APP_FOLDER, { dockerfile: "docker/Dockerfile" }),
      `image directory "${APP_FOLDER}" is not valid: it has no file "docker/Dockerfile": add one, or name it with the option dockerfile`,
    ],
    [
      "Dockerfile outside of the folder",
      built(APP_FOLDER, { dockerfile: "../Dockerfile" }),
      'dockerfile "../Dockerfile" is not valid: use a path in the image\'s folder, relative to it',
    ],
    [
      "absolute Dockerfile",
      built(APP_FOLDER, { dockerfile: "/Dockerfile" }),
      'dockerfile "/Dockerfile" is not valid: use a path in the image\'s folder, relative to it',
    ],
  ],
  ports: [
    ["0", { ports: [{ containerPort: 0 }] }, `ports[0].containerPort 0 is not valid: ${PORT}`],
    ["too high", { ports: [{ containerPort: 80, hostPort: 65536 }] }, `ports[0].hostPort 65536 is not valid: ${PORT}`],
    ["fraction", { ports: [{ containerPort: 80.5 }] }, `ports[0].containerPort 80.5 is not valid: ${PORT}`],
    ["text", untyped({ ports: [{ containerPort: "80" }] }), 'ports[0].containerPort "80" is not valid: use a number'],
    [
      "22",
      { ports: [{ containerPort: 22 }] },
      "ports[0].hostPort 22 is not valid: the VM's own SSH server has it: publish the container's port on another one",
    ],
    [
      "twice",
      { ports: [{ containerPort: 80 }, { containerPort: 8080, hostPort: 80 }] },
      'ports[1] "80/tcp" is not valid: it is published twice: give each hostPort once',
    ],
    [
      "protocol",
      untyped({ ports: [{ containerPort: 80, protocol: "sctp" }] }),
      'ports[0].protocol "sctp" is not valid: use "tcp" or "udp"',
    ],
  ],
  network: [
    [
      "range without length",
      { network: { sourceRanges: ["203.0.113.7"] } },
      `network.sourceRanges[0] "203.0.113.7" is not valid: ${RANGE}`,
    ],
    [
      "range too long",
      { network: { sourceRanges: ["203.0.113.0/33"] } },
      `network.sourceRanges[0] "203.0.113.0/33" is not valid: ${RANGE}`,
    ],
    [
      "negative length",
      { network: { sourceRanges: ["203.0.113.0/-1"] } },
      `network.sourceRanges[0] "203.0.113.0/-1" is not valid: ${RANGE}`,
    ],
    [
      "no address",
      { network: { sourceRanges: ["anywhere"] } },
      `network.sourceRanges[0] "anywhere" is not valid: ${RANGE}`,
    ],
    [
      "octet too high",
      { network: { sourceRanges: ["203.0.256.0/24"] } },
      `network.sourceRanges[0] "203.0.256.0/24" is not valid: ${RANGE}`,
    ],
    [
      "host bits",
      { network: { sourceRanges: ["203.0.113.7/24"] } },
      `network.sourceRanges[0] "203.0.113.7/24" is not valid: the address has bits beyond the range's length: ${RANGE}`,
    ],
    [
      "IPv6 range",
      { network: { sourceRanges: ["2001:db8::/32"] } },
      'network.sourceRanges[0] "2001:db8::/32" is not valid: the VM has no IPv6 address: use IPv4 ranges such as "203.0.113.0/24", or "203.0.113.7/32" for one address',
    ],
    [
      "nobody",
      { network: { sourceRanges: [] } },
      "network.sourceRanges [] is not valid: it is empty, so nobody could reach the app: leave it out for anywhere, or publish no ports",
    ],
    [
      "no external address, ports for nobody in particular",
      { network: { externalAddress: false } },
      "network.externalAddress false is not valid: without an external address the published ports can be reached from inside only: say by whom with sourceRanges, or publish no ports",
    ],
    [
      "tier without external address",
      { network: { externalAddress: false, networkTier: NetworkTier.PREMIUM }, ports: [] },
      'network.networkTier "PREMIUM" is not valid: it is a property of the external address, and externalAddress is false: give only one of the two',
    ],
    [
      "tier",
      untyped({ network: { networkTier: "GOLD" } }),
      'network.networkTier "GOLD" is not valid: use "PREMIUM" or "STANDARD"',
    ],
    [
      "subnetwork without its network",
      { network: { subnetwork: "own-east" } },
      'network.subnetwork "own-east" is not valid: the firewall rules are created in a network: say with network which one the subnetwork is part of',
    ],
    [
      "network project without network",
      { network: { networkProject: "host-project", subnetwork: "shared" } },
      'network.networkProject "host-project" is not valid: without network and subnetwork the VM would be in a network of its own project: give both',
    ],
    [
      "network project without subnetwork",
      { network: { networkProject: "host-project", network: "shared" } },
      'network.networkProject "host-project" is not valid: without network and subnetwork the VM would be in a network of its own project: give both',
    ],
    [
      "network of another project",
      { network: { network: "projects/host-project/global/networks/shared" } },
      'network.network "projects/host-project/global/networks/shared" is not valid: it is in project "host-project", and the VM in "demo-project-123": give its project with networkProject',
    ],
    [
      "subnetwork of another project",
      { network: { network: "own", subnetwork: "projects/host-project/regions/us-east1/subnetworks/shared" } },
      'network.subnetwork "projects/host-project/regions/us-east1/subnetworks/shared" is not valid: it is in project "host-project", and the VM in "demo-project-123": give its project with networkProject',
    ],
    [
      "subnetwork of another region",
      { network: { network: "own", subnetwork: "projects/demo-project-123/regions/us-west1/subnetworks/own-west" } },
      'network.subnetwork "projects/demo-project-123/regions/us-west1/subnetworks/own-west" is not valid: it is in region "us-west1", and the VM in "us-east1": use one in the region of the zone',
    ],
    ["network name", { network: { network: "My Net" } }, `network.network "My Net" is not valid: ${NETWORK}`],
    [
      "subnetwork name",
      { network: { network: "own", subnetwork: "regions/us-east1/" } },
      `network.subnetwork "regions/us-east1/" is not valid: ${NETWORK}`,
    ],
    [
      "self link that Terraform would read as a template",
      { network: { network: "${x}/default" } },
      `network.network "\${x}/default" is not valid: ${NETWORK}`,
    ],
    [
      "network project",
      { network: { networkProject: "HOST" } },
      `network.networkProject "HOST" is not valid: ${PROJECT}`,
    ],
    ["tag", { network: { networkTags: ["Web"] } }, `network.networkTags[0] "Web" is not valid: ${TAG}`],
    [
      "tag too long",
      { network: { networkTags: ["t".repeat(64)] } },
      `network.networkTags[0] "${"t".repeat(64)}" is not valid: ${TAG}`,
    ],
    [
      "tag twice",
      { network: { networkTags: ["web", "web"] } },
      'network.networkTags[1] "web" is not valid: the VM has it already: give each tag once',
    ],
    [
      "too many tags",
      { network: { networkTags: Array.from({ length: 65 }, (_, index) => `tag-${index}`) } },
      "number of network.networkTags 65 is not valid: use at most 64",
    ],
  ],
  mounts: [
    ["none", { mounts: [] }, "mounts [] is not valid: give at least one folder that the app writes to"],
    ["relative path", paths("uploads"), `mounts[0].path "uploads" is not valid: ${PATH}`],
    ["root", paths("/"), `mounts[0].path "/" is not valid: ${PATH}`],
    ["empty path", paths(""), `mounts[0].path "" is not valid: ${PATH}`],
    ["..", paths("/srv/../etc"), `mounts[0].path "/srv/../etc" is not valid: ${PATH}`],
    [". in a path", paths("/srv/./app"), `mounts[0].path "/srv/./app" is not valid: ${PATH}`],
    ["empty segment", paths("/srv//app"), `mounts[0].path "/srv//app" is not valid: ${PATH}`],
    ["trailing slash", paths("/srv/app/"), `mounts[0].path "/srv/app/" is not valid: ${PATH}`],
    ["line break", paths("/srv/a\nb"), `mounts[0].path "/srv/a\\nb" is not valid: ${PATH}`],
    ["space at the end", paths("/srv/app "), `mounts[0].path "/srv/app " is not valid: ${PATH}`],
    ...["\u0085", "\u009f", "\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff", "\ud800"].map((character): Row => [
      `character U+${character.charCodeAt(0).toString(16)}`,
      paths(`/srv/a${character}b`),
      `mounts[0].path ${JSON.stringify(`/srv/a${character}b`)} is not valid: ${PATH}`,
    ]),
    ["decomposed Unicode", paths("/srv/cafe\u0301"), `mounts[0].path "/srv/cafe\u0301" is not valid: ${PATH}`],
    ...["/srv/" + "n".repeat(256), "/" + "\u00fc".repeat(128), "/n".repeat(2047) + "/nn"].map((path): Row => [
      "path over Linux's limits",
      paths(path),
      `mounts[0].path ${quote(path)} is not valid: use at most 4095 bytes of UTF-8, and 255 for each folder's name, which are Linux's limits`,
    ]),
    ["system folder", paths("/etc"), `mounts[0].path "/etc" is not valid: "/etc" ${SYSTEM}`],
    ["in a system folder", paths("/proc/app"), `mounts[0].path "/proc/app" is not valid: "/proc" ${SYSTEM}`],
    ["/usr", paths("/usr"), `mounts[0].path "/usr" is not valid: "/usr" ${SYSTEM}`],
    [
      "in a system folder of /usr",
      paths("/usr/bin/app"),
      `mounts[0].path "/usr/bin/app" is not valid: "/usr/bin" ${SYSTEM}`,
    ],
    [
      "path twice",
      paths("/data", "/data"),
      'mounts[1].path "/data" is not valid: mounts[0].path is the same: give each path once',
    ],
    [
      "one inside another",
      paths("/data/a", "/data"),
      'mounts[1].path "/data" is not valid: it overlaps with mounts[0].path "/data/a": mount folders that are not inside each other',
    ],
    [
      "another inside one",
      paths("/data", "/data/a"),
      'mounts[1].path "/data/a" is not valid: it overlaps with mounts[0].path "/data": mount folders that are not inside each other',
    ],
    [
      "two mounts of the whole of the app's bucket",
      paths("/a", "/b"),
      `mounts[1].prefix undefined is not valid: mounts[0] writes to the whole of the same bucket: ${OWN_FOLDER}`,
    ],
    [
      "the whole bucket beside a folder of it",
      { mounts: [{ path: "/a" }, { path: "/b", prefix: "b" }] },
      `mounts[1].prefix "b" is not valid: mounts[0] writes to the whole of the same bucket: ${OWN_FOLDER}`,
    ],
    [
      "a folder beside the whole bucket",
      { mounts: [{ path: "/a", prefix: "a" }, { path: "/b" }] },
      `mounts[1].prefix undefined is not valid: mounts[0] writes to "a" of the same bucket: ${OWN_FOLDER}`,
    ],
    [
      "one folder twice",
      folders("a/b", "c", "a/b/"),
      `mounts[2].prefix "a/b" is not valid: mounts[0] writes to "a/b" of the same bucket: ${OWN_FOLDER}`,
    ],
    [
      "a folder inside another",
      folders("a", "a/b"),
      `mounts[1].prefix "a/b" is not valid: mounts[0] writes to "a" of the same bucket: ${OWN_FOLDER}`,
    ],
    [
      "a folder around another",
      folders("a/b", "a"),
      `mounts[1].prefix "a" is not valid: mounts[0] writes to "a/b" of the same bucket: ${OWN_FOLDER}`,
    ],
    [
      "one folder of another bucket twice",
      { mounts: ["/a", "/b"].map((path) => ({ path, bucket: "media", prefix: "a" })) },
      `mounts[1].prefix "a" is not valid: mounts[0] writes to "a" of the same bucket: ${OWN_FOLDER}`,
    ],
    [
      "the existing bucket of the app, once by its name",
      { existingBucket: "media", mounts: [{ path: "/a" }, { path: "/b", bucket: "media" }] },
      `mounts[1].prefix undefined is not valid: mounts[0] writes to the whole of the same bucket: ${OWN_FOLDER}`,
    ],
    [
      "one folder twice, once by gcsfuse's own key and as gcsfuse cleans it",
      {
        mounts: [
          { path: "/a", prefix: "a/b" },
          { path: "/b", gcsfuseConfig: { "only-dir": "a/./b//" } },
        ],
      },
      `mounts[1].prefix "a/b" is not valid: mounts[0] writes to "a/b" of the same bucket: ${OWN_FOLDER}`,
    ],
    [
      "mounts[0].prefix ..",
      mount({ prefix: "photos/../.." }),
      `mounts[0].prefix "photos/../.." is not valid: ${PREFIX}`,
    ],
    [
      "mounts[0].prefix with .",
      mount({ prefix: "photos/./2026" }),
      `mounts[0].prefix "photos/./2026" is not valid: ${PREFIX}`,
    ],
    [
      "mounts[0].prefix with leading slash",
      mount({ prefix: "/photos" }),
      `mounts[0].prefix "/photos" is not valid: ${PREFIX}`,
    ],
    [
      "mounts[0].prefix with empty segment",
      mount({ prefix: "photos//2026" }),
      `mounts[0].prefix "photos//2026" is not valid: ${PREFIX}`,
    ],
    ["empty prefix", mount({ prefix: "" }), `mounts[0].prefix "" is not valid: ${PREFIX}`],
    [
      "mounts[0].prefix with a line separator",
      mount({ prefix: "a\u2028b" }),
      `mounts[0].prefix "a\u2028b" is not valid: ${PREFIX}`,
    ],
    [
      "prefix longer than an object's name",
      mount({ prefix: "é".repeat(513) }),
      `mounts[0].prefix "${"é".repeat(199)}… (515 characters) is not valid: use at most 1024 bytes of UTF-8`,
    ],
    ["mounts[0].prefix with line break", mount({ prefix: "a\rb" }), `mounts[0].prefix "a\\rb" is not valid: ${PREFIX}`],
    [
      "changedByOthers of a mount that shows what another one writes",
      {
        mounts: [
          { path: "/a", prefix: "x" },
          { path: "/b", readOnly: true, changedByOthers: false },
        ],
      },
      "mounts[1].changedByOthers false is not valid: mounts[0] writes to the same folder, and what it writes would be seen up to an hour later: leave it out",
    ],
    ["content", mount({ content: "videos" as MountContent }), `mounts[0].content "videos" is not valid: ${CONTENT}`],
    [
      "content of another type",
      mount({ content: 0 as unknown as MountContent }),
      "mounts[0].content 0 is not valid: use one of its values such as MountContent.LARGE_MEDIA",
    ],
    [
      "content that only Terraform knows",
      mount({ content: Token.asString({ ref: "x" }) as MountContent }),
      `mounts[0].content (an unresolved token) is not valid: ${CONTENT}`,
    ],
    [
      "content without the cache that it is for",
      mount({ content: MountContent.LARGE_MEDIA, fileCacheMaxSizeMib: 0 }),
      "mounts[0].fileCacheMaxSizeMib 0 is not valid: what content is for is this cache: give it a size, or leave content out",
    ],
    [
      "a mount that is missing, beside a disk",
      { mounts: [undefined as unknown as GcsMount, { path: "/a" }], disks: [{ path: "/b", sizeGb: 10 }] },
      'mounts[0] undefined is not valid: use an object such as { path: "/srv/app/uploads" }',
    ],
    ["file mode", mount({ fileMode: "rw-r--r--" }), `mounts[0].fileMode "rw-r--r--" is not valid: ${MODE}`],
    ["file mode beyond octal", mount({ fileMode: "0688" }), `mounts[0].fileMode "0688" is not valid: ${MODE}`],
    ["file mode with a sticky bit", mount({ fileMode: "1644" }), `mounts[0].fileMode "1644" is not valid: ${MODE}`],
    ["folder mode too long", mount({ dirMode: "10755" }), `mounts[0].dirMode "10755" is not valid: ${MODE}`],
    ["negative uid", mount({ uid: -1 }), `mounts[0].uid -1 is not valid: ${ID}`],
    ["mounts[0].uid of nobody", mount({ uid: 4294967295 }), `mounts[0].uid 4294967295 is not valid: ${ID}`],
    [
      "gid by name",
      untyped(mount({ gid: "www-data" as unknown as number })),
      'mounts[0].gid "www-data" is not valid: use a number',
    ],
    [
      "metadata cache",
      mount({ metadataCacheTtlSeconds: -2 }),
      "mounts[0].metadataCacheTtlSeconds -2 is not valid: use a whole number from -1 to 2147483647",
    ],
    [
      "list cache",
      mount({ kernelListCacheTtlSeconds: 0.5 }),
      "mounts[0].kernelListCacheTtlSeconds 0.5 is not valid: use a whole number from -1 to 2147483647",
    ],
    [
      "file cache",
      mount({ fileCacheMaxSizeMib: 2 ** 31 }),
      "mounts[0].fileCacheMaxSizeMib 2147483648 is not valid: use a whole number from -1 to 2147483647",
    ],
    [
      "rename limit",
      mount({ renameDirLimit: -1 }),
      "mounts[0].renameDirLimit -1 is not valid: use a whole number from 0 to 2147483647",
    ],
    [
      "endpoint",
      mount({ customEndpoint: "storage.example.com" }),
      'mounts[0].customEndpoint "storage.example.com" is not valid: use a URL such as "https://storage.example.com"',
    ],
    ...["https://x y", "http://x\n", "https://"].map((customEndpoint): Row => [
      `endpoint ${JSON.stringify(customEndpoint)}`,
      mount({ customEndpoint }),
      `mounts[0].customEndpoint ${JSON.stringify(customEndpoint)} is not valid: use a URL such as "https://storage.example.com"`,
    ]),
    [
      "an owner in gcsfuseConfig that a shell would run",
      mount({ gcsfuseConfig: { "file-system": { uid: "0; touch /tmp/x" } } }),
      `mounts[0].gcsfuseConfig.file-system.uid "0; touch /tmp/x" is not valid: ${ID}`,
    ],
    ...["file-system", "logging", "metadata-cache", "file-cache", "gcs-connection"].flatMap((section) =>
      ["x", null, 5, ["x"]].map((value): Row => [
        `section ${section} of gcsfuseConfig as ${JSON.stringify(value)}`,
        mount({ gcsfuseConfig: { [section]: value } }),
        `mounts[0].gcsfuseConfig.${section} ${JSON.stringify(value)} is not valid: it is a section of gcsfuse's config file: use an object with the section's keys`,
      ]),
    ),
    [
      "settings in gcsfuseConfig of a file cache that the mount does not have",
      mount({ gcsfuseConfig: { "file-cache": { "max-size-mb": 500 } } }),
      'mounts[0].gcsfuseConfig.file-cache "max-size-mb" is not valid: this mount has no file cache: give it one with content or fileCacheMaxSizeMib',
    ],
    ...["gcs-connection.custom-endpoint", "GCS-Connection", "file_cache", ""].map((key): Row => [
      `${JSON.stringify(key)} for a key of gcsfuse's config file`,
      mount({ gcsfuseConfig: { [key]: {} } }),
      `key of mounts[0].gcsfuseConfig ${JSON.stringify(key)} is not valid: use a key as in gcsfuse's config file: lower-case letters, digits and "-", with an object for a section such as { "gcs-connection": { "custom-endpoint": "https://storage.example.com" } }`,
    ]),
    ...["", "relative", null, 5].map((folder): Row => [
      `${JSON.stringify(folder)} for the folder of a file cache`,
      mount({ gcsfuseConfig: { "cache-dir": folder } }),
      `mounts[0].gcsfuseConfig.cache-dir ${JSON.stringify(folder)} is not valid: use an absolute path such as "/var/cache/own", or leave it out`,
    ]),
    ...["4000", -5, 1.5, true, null].map((size): Row => [
      `${JSON.stringify(size)} for the size of a file cache in gcsfuseConfig`,
      mount({ content: MountContent.SMALL_FILES, gcsfuseConfig: { "file-cache": { "max-size-mb": size } } }),
      `mounts[0].gcsfuseConfig.file-cache.max-size-mb ${JSON.stringify(size)} is not valid: use a whole number from -1 to 2147483647`,
    ]),
    [
      "content without a size for its cache in gcsfuseConfig",
      mount({ content: MountContent.LARGE_MEDIA, gcsfuseConfig: { "file-cache": { "max-size-mb": 0 } } }),
      "mounts[0].gcsfuseConfig.file-cache.max-size-mb 0 is not valid: what content is for is this cache: give it a size, or leave content out",
    ],
    [
      "settings of a file cache whose size is 0",
      mount({ fileCacheMaxSizeMib: 0, gcsfuseConfig: { "file-cache": { "enable-crc": true } } }),
      'mounts[0].gcsfuseConfig.file-cache "enable-crc" is not valid: this mount has no file cache: give it one with content or fileCacheMaxSizeMib',
    ],
    ...["off", "OFF", "loud", 5].map((severity): Row => [
      `severity ${JSON.stringify(severity)} of gcsfuse's log`,
      mount({ gcsfuseConfig: { logging: { severity } } }),
      `mounts[0].gcsfuseConfig.logging.severity ${JSON.stringify(severity)} is not valid: use "trace", "debug", "info", "warning", "error": errors must be said`,
    ]),
    [
      "another file for gcsfuse's log",
      mount({ gcsfuseConfig: { logging: { "file-path": "/var/log/gcsfuse.log" } } }),
      'mounts[0].gcsfuseConfig.logging.file-path "/var/log/gcsfuse.log" is not valid: leave it out: what gcsfuse says is in the log of its container, where errors are looked for',
    ],
    [
      "a text in gcsfuseConfig that YAML cannot carry",
      mount({ gcsfuseConfig: { "gcs-auth": { "key-file": "/a\u2029b" } } }),
      'mounts[0].gcsfuseConfig.gcs-auth.key-file "/a\u2029b" is not valid: use text with no space at either end, no line breaks or control characters, Unicode in form NFC',
    ],
    [
      "a key in gcsfuseConfig that YAML cannot carry",
      mount({ gcsfuseConfig: { "file\nsystem": {} } }),
      'key of mounts[0].gcsfuseConfig "file\\nsystem" is not valid: use a key as in gcsfuse\'s config file: lower-case letters, digits and "-", with an object for a section such as { "gcs-connection": { "custom-endpoint": "https://storage.example.com" } }',
    ],
    ...[NaN, Infinity, 5n, new Date(0), new Map([["a", 1]])].map((value): Row => [
      `${String(value)} in gcsfuseConfig`,
      mount({ gcsfuseConfig: { write: value } }),
      expect.stringMatching(
        /^mounts\[0\]\.gcsfuseConfig\.write .+ is not valid: use what YAML can hold: /,
      ) as unknown as string,
    ]),
    [
      "an object that contains itself in gcsfuseConfig",
      mount({ gcsfuseConfig: circular() }),
      expect.stringMatching(
        /^mounts\[0\]\.gcsfuseConfig(\.a){17} is not valid: it is nested too deeply: use at most 16 levels$/,
      ) as unknown as string,
    ],
    [
      "a key that an object cannot be given in gcsfuseConfig",
      mount({ gcsfuseConfig: JSON.parse('{"__proto__": {"uid": 0}}') }),
      'key of mounts[0].gcsfuseConfig "__proto__" is not valid: use a key as in gcsfuse\'s config file: lower-case letters, digits and "-", with an object for a section such as { "gcs-connection": { "custom-endpoint": "https://storage.example.com" } }',
    ],
    [
      "a function in gcsfuseConfig",
      mount({ gcsfuseConfig: { debug: () => undefined } }),
      "mounts[0].gcsfuseConfig.debug () => undefined is not valid: use what YAML can hold: texts, numbers, true, false, lists and objects",
    ],
  ],
  app: [
    ["variable with =", { environment: { "A=B": "" } }, `environment variable "A=B" is not valid: ${VARIABLE}`],
    ["variable with a space", { environment: { "A B": "" } }, `environment variable "A B" is not valid: ${VARIABLE}`],
    [
      "variable beginning with a digit",
      { environment: { "1A": "" } },
      `environment variable "1A" is not valid: ${VARIABLE}`,
    ],
    ["variable without name", { environment: { "": "" } }, `environment variable "" is not valid: ${VARIABLE}`],
    [
      "value with NUL",
      { environment: { A: "a\0b" } },
      'value of environment variable "A" "a\\u0000b" is not valid: use text without NUL and without half surrogate pairs',
    ],
    [
      "value with half a surrogate pair",
      { environment: { A: "\ud800" } },
      'value of environment variable "A" "\\ud800" is not valid: use text without NUL and without half surrogate pairs',
    ],
    [
      "value over Linux's limit",
      { environment: { A: bytes(128 * 1024 - "--env=A=".length) } },
      'value of environment variable "A" has 131064 bytes and can have 131063, which is Linux\'s limit for one argument: put it into a file of the image or of a mount',
    ],
    [
      "argument over Linux's limit",
      { args: [bytes(128 * 1024)] },
      "args[0] has 131072 bytes and can have 131071, which is Linux's limit for one argument: put it into a file of the image or of a mount",
    ],
    [
      "declaration over the limit of metadata",
      { environment: { A: bytes(100_000), B: bytes(100_000), C: bytes(100_000) } },
      expect.stringMatching(
        /^the metadata value "gcs-backed-container-app" has \d+ bytes and can have 262144: give the app less environment, shorter entrypoint and args, or fewer mounts$/,
      ) as unknown as string,
    ],
    [
      "user",
      { user: "www data" },
      'user "www data" is not valid: use a name or number such as "www-data" or "1000:1000"',
    ],
    ...["0010:0010", "08", "www-data:00"].map((user): Row => [
      "leading zeros",
      { user },
      `user "${user}" is not valid: use numbers without leading zeros, such as "1000:1000"`,
    ]),
    [
      "user over Docker's limit",
      { user: "1000:4294967296" },
      'user "1000:4294967296" is not valid: use numbers up to 2147483647, which is Docker\'s limit',
    ],
    ["memory", { memoryMib: 5 }, "memoryMib 5 is not valid: use a whole number from 6 to 16777216"],
    ["time to stop", { stopTimeoutSeconds: 81 }, "stopTimeoutSeconds 81 is not valid: use a whole number from 1 to 80"],
    [
      "restart policy",
      untyped({ restartPolicy: "unless-stopped" }),
      'restartPolicy "unless-stopped" is not valid: use "always" or "on-failure" or "no"',
    ],
  ],
};

/** What every message begins with: the path of the construct. */
const PATH_OF_APP = "[cloud/gallery] ";

function messageOf(props: Props, id = "gallery"): string {
  try {
    new GcsBackedContainerApp(newStack(), id, { ...ready(), ...props });
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe.each(Object.entries(TABLE))("%s", (_, rows) => {
  test.each(rows)("%s", (_given, props, message) => {
    const text = messageOf(props);
    expect(text.slice(0, PATH_OF_APP.length)).toBe(PATH_OF_APP);
    expect(text.slice(PATH_OF_APP.length)).toEqual(message);
  });
});

test("a construct's id that is no name says that it is the name", () => {
  expect(messageOf({}, "up")).toBe(
    `[cloud/up] name "up" is not valid: it is the construct's id, since no name is given: set name to ${NAME.replace("use ", "")}`,
  );
  expect(messageOf({ name: "upload" }, "up")).toBe("");
});

test("the stack of an error, which node prints, names the construct as well", () => {
  const create = () => new GcsBackedContainerApp(newStack(), "shop", { ...ready(), ...paths("srv/x") });
  expect(create).toThrow(
    expect.objectContaining({ stack: expect.stringMatching(/^Error: \[cloud\/shop\] mounts\[0\]/) }),
  );
});

test("every message in the table starts in lower case, says what to do, and has no full stop at its end", () => {
  const messages = Object.values(TABLE).flatMap((rows) => rows.map(([, , message]): unknown => message));
  for (const message of messages.filter((one) => typeof one === "string")) {
    expect(message).toMatch(/^[a-z]/);
    expect(message).not.toMatch(/\.$/);
    expect(message).toMatch(/: (use|give|leave|it|the|add|put|Container|bucketOptions|without|a bucket|"\/)/);
  }
});

describe("an unresolved token, where the value must be known at synthesis", () => {
  const token = () => {
    const stack = newStack();
    return { stack, text: new TerraformVariable(stack, "text", {}).stringValue };
  };
  const make = (props: (text: string, number: number) => Props) => {
    const { stack, text } = token();
    const number = new TerraformVariable(stack, "number", {}).numberValue;
    return () => new GcsBackedContainerApp(stack, "gallery", { ...ready(), ...props(text, number) });
  };

  test.each<[string, (text: string, number: number) => Props]>([
    ["image directory", (text) => built(text)],
    ["dockerfile", (text) => built(APP_FOLDER, { dockerfile: text })],
    ["target", (text) => built(APP_FOLDER, { target: text })],
    ["build argument VERSION", (text) => built(APP_FOLDER, { buildArgs: { VERSION: text } })],
  ])("%s", (what, props) => {
    expect(make(props)).toThrow(new RegExp(`^\\[cloud/gallery\\] ${what} .* is not valid: ${KNOWN}$`));
  });

  test.each<[string, (text: string, number: number) => Props, string]>([
    ["ports[0].containerPort", (_, containerPort) => ({ ports: [{ containerPort }] }), "1 to 65535"],
    ["stopTimeoutSeconds", (_, stopTimeoutSeconds) => ({ stopTimeoutSeconds }), "1 to 80"],
    ["mounts[0].uid", (_, uid) => mount({ uid }), "0 to 4294967294"],
    [
      "bucketOptions.softDeleteRetentionDays",
      (_, softDeleteRetentionDays) => ({ bucketOptions: { softDeleteRetentionDays } }),
      "7 to 90",
    ],
  ])("%s", (what, props, range) => {
    expect(make(props)).toThrow(
      new Error(`${PATH_OF_APP}${what} is an unresolved token: use a number from ${range} that is known at synthesis`),
    );
  });
});

test("a protocol that is an unresolved token", () => {
  const stack = newStack();
  const protocol = new TerraformVariable(stack, "protocol", {}).stringValue as Protocol;
  const props = { ...ready(), ports: [{ containerPort: 80, protocol }] };
  expect(() => new GcsBackedContainerApp(stack, "gallery", props)).toThrow(
    new Error(
      '[cloud/gallery] ports[0].protocol is an unresolved token: use "tcp" or "udp" that is known at synthesis',
    ),
  );
});

test.each<[string, (list: string[]) => Props]>([
  ["entrypoint", (entrypoint) => ({ entrypoint })],
  ["args", (args) => ({ args })],
  ["network.networkTags", (networkTags) => ({ network: { networkTags } })],
])("a list that is an unresolved token: %s", (what, props) => {
  const stack = newStack();
  const list = new TerraformVariable(stack, "list", {}).listValue;
  expect(() => new GcsBackedContainerApp(stack, "gallery", { ...ready(), ...props(list) })).toThrow(
    new Error(
      `${PATH_OF_APP}${what} is an unresolved token: use a list whose length is known at synthesis (its elements may be tokens)`,
    ),
  );
});

test("the zone of the docker provider's configuration is checked as well", () => {
  expect(() => GcsBackedContainerApp.dockerProviderConfig(newStack(), "us-east1")).toThrow(
    new Error(`zone "us-east1" is not valid: ${ZONE}`),
  );
});

describe("what is accepted with a warning", () => {
  const printed = (props: Props) =>
    annotations((stack) => new GcsBackedContainerApp(stack, "gallery", { ...ready(), ...props }));

  test.each([
    "DB_PASSWORD",
    "SMTP_PASS",
    "MYSQL_PWD",
    "JWT_SIGNING_KEY",
    "AUTH_SALT",
    "authToken",
    "SECRET",
    "GITHUB_TOKEN",
    "API_KEY",
    "apikey",
    "PRIVATE_KEY",
    "GOOGLE_CREDENTIALS",
    "AWS_SECRET_ACCESS_KEY",
    "PGPASSWD",
    "token",
  ])("environment variable %s, whose name looks like a secret's", (name) => {
    expect(printed({ environment: { [name]: "x" } })).toEqual([
      `environment variable "${name}" looks like a secret: its value can be read in the Terraform state and in the VM's metadata; give it with secrets, for example secrets: { ${JSON.stringify(name)}: Secret.fromSecretManager("…", { version: "1" }) }`,
    ]);
  });

  test.each([
    "TOKENIZER",
    "KEY",
    "PWD",
    "PASS_THROUGH",
    "PASSPORT",
    "SECRET_FILE",
    "DB_PASSWORD_FILE",
    "TOKEN_URL",
    "MONKEY_KEYBOARD",
  ])("not environment variable %s", (name) => {
    expect(printed({ environment: { [name]: "x" } })).toEqual([]);
  });

  test.each(["ghcr.io/me/app", "ghcr.io/me/app:latest", "nginx"])("image %s, whose tag moves", (reference) => {
    expect(printed(image(reference))).toEqual([
      `image "${reference}" has a tag that moves: a VM pulls it once, so a newer image would not be noticed; give a digest or a version's tag`,
    ]);
  });

  test.each([
    "debian-cloud/debian-12",
    "projects/debian-cloud/global/images/family/debian-12",
    "https://www.googleapis.com/compute/v1/projects/debian-cloud/global/images/debian-12-bookworm-v20251111",
  ])("boot image %s, which may be another system", (bootImage) => {
    expect(printed({ machine: { bootImage } })).toEqual([
      `bootImage "${bootImage}" is of project "debian-cloud" and not of "cos-cloud": unless it is a Container-Optimized OS, the VM does not run the app`,
    ]);
  });

  test.each([
    "cos-cloud/cos-125-lts",
    "projects/cos-cloud/global/images/family/cos-stable",
    "cos-stable",
    "family/cos-stable",
    "global/images/my-cos",
  ])("not boot image %s", (bootImage) => {
    expect(printed({ machine: { bootImage } })).toEqual([]);
  });

  const mounts = (mount: object) => ({ mounts: [{ path: "/data", ...mount }] });
  const warnsOfLists = (seconds: number, bootImage: string) =>
    `mounts[0] lets the kernel keep lists of folders for ${seconds} seconds, and machine.bootImage "${bootImage}" has or may have a kernel that keeps them for longer (Linux 6.9 to 6.12): leave kernelListCacheTtlSeconds out, or use an image of another milestone such as "cos-cloud/cos-121-lts"`;

  test.each([
    { kernelListCacheTtlSeconds: 30 },
    { gcsfuseConfig: { "file-system": { "kernel-list-cache-ttl-secs": 30 } } },
  ])("lists that the kernel may keep for longer: %j", (mount) => {
    expect(printed(mounts(mount))).toEqual([warnsOfLists(30, "cos-cloud/cos-stable")]);
    expect(printed({ ...mounts(mount), machine: { bootImage: "cos-cloud/cos-125-lts" } })).toEqual([
      warnsOfLists(30, "cos-cloud/cos-125-lts"),
    ]);
    expect(printed({ ...mounts(mount), machine: { bootImage: "cos-cloud/cos-121-lts" } })).toEqual([]);
  });

  test.each([
    { kernelListCacheTtlSeconds: 0 },
    { kernelListCacheTtlSeconds: -1 },
    { changedByOthers: false, readOnly: true },
    { changedByOthers: false },
    {},
  ])("not lists that it does not keep: %j", (mount) => {
    expect(printed(mounts(mount))).toEqual([]);
  });

  const warnsOfCaches = (size: string, disk: number, spare: number) =>
    `the file caches of the mounts may have ${size} together, and of the boot disk's ${disk} GB the system and the images leave about ${spare} MiB for them and for files that are being uploaded: when it is full, uploads fail; give a smaller fileCacheMaxSizeMib, or a larger machine.bootDiskSizeGb`;

  test("caches that may fill the boot disk", () => {
    expect(printed(mounts({ fileCacheMaxSizeMib: 12289 }))).toEqual([warnsOfCaches("12289 MiB", 20, 12288)]);
    expect(printed(mounts({ fileCacheMaxSizeMib: -1 }))).toEqual([warnsOfCaches("any size", 20, 12288)]);
    const both = mounts({ fileCacheMaxSizeMib: 7000 });
    const reader = { ...both.mounts![0], path: "/srv/seen" };
    const image = ContainerImage.fromRegistry("worker:1");
    expect(printed({ ...both, sidecars: [{ name: "worker", image, mounts: [reader] }] })).toEqual([]);
    const folder = mounts({ gcsfuseConfig: { "cache-dir": "/var/cache/own" } });
    expect(printed(folder)).toEqual([warnsOfCaches("any size", 20, 12288)]);
    const small = { ...mounts({ fileCacheMaxSizeMib: 12288 }), machine: { bootDiskSizeGb: 10 } };
    expect(printed(small)).toEqual([warnsOfCaches("12288 MiB", 10, 2048)]);
    expect(printed(mounts({ fileCacheMaxSizeMib: 12288 }))).toEqual([]);
    expect(printed({ ...small, machine: { bootDiskSizeGb: 30 } })).toEqual([]);
  });

  test("an image of another project's Artifact Registry, unless it was said who may pull it", () => {
    const reference = "us-east1-docker.pkg.dev/other-project/repository/app:1.2";
    expect(printed(image(reference))).toEqual([
      `image "${reference}" is in project "other-project": unless it is public, this app's service account needs roles/artifactregistry.reader there; set grantPull to true to grant it with this deployment, or to false if it has it`,
    ]);
    expect(printed({ image: ContainerImage.fromRegistry(reference, { grantPull: false }) })).toEqual([]);
  });

  test("an image of which a token hides where it comes from", () => {
    const warnings = (reference: (token: string) => string, options = {}) =>
      annotations((stack) => {
        const token = new TerraformVariable(stack, "text", {}).stringValue;
        const image = ContainerImage.fromRegistry(reference(token), options);
        new GcsBackedContainerApp(stack, "gallery", { ...ready(), image });
      });
    const hidden = [
      "an image's registry is an unresolved token: the VM pulls the image without logging in; for an image in Artifact Registry write host, project and repository literally",
    ];
    expect(warnings((token) => token)).toEqual(hidden);
    expect(warnings((token) => `${token}-docker.pkg.dev/my-project/repository/app:1`)).toEqual(hidden);
    const repository = [
      "the repository of an image in us-docker.pkg.dev is an unresolved token: nothing is granted, and unless the image is public the app's service account needs roles/artifactregistry.reader on it; write project and repository literally, or set grantPull to false if it has the role",
    ];
    expect(warnings((token) => `us-docker.pkg.dev/${token}/repository/app:1`)).toEqual(repository);
    expect(warnings((token) => `us-docker.pkg.dev/${token}/repository/app:1`, { grantPull: false })).toEqual([]);
    for (const name of ["nginx", "ghcr.io/me/app", "us-docker.pkg.dev/demo-project-123/repository/app"]) {
      expect(warnings((token) => `${name}:${token}`)).toEqual([]);
      expect(warnings((token) => `${name}@${token}`)).toEqual([]);
    }
  });

  test("nothing is said of what is right", () => {
    expect(printed({})).toEqual([]);
  });
});
