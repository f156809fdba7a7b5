import { servedMounts } from "./boot/declaration";
import { quote } from "./checks/invalid-input";
import { mountLists } from "./props/container-app-props";
import { CloudAppSpec } from "./props/gcs-backed-container-app-props";
import { LETS_ENCRYPT } from "./props/https-options";
import { kernelExpiresLists, spareMib } from "./props/mount-caching";
import { isAnywhere } from "./props/network-options";

/** What is accepted at synthesis and may not be what was meant. */
export function cloudWarnings(spec: CloudAppSpec): readonly string[] {
  return [
    ...unreachableProxy(spec),
    ...unpublishedPorts(spec),
    ...staleLists(spec),
    ...largeCaches(spec),
    ...visibleSecrets(spec),
  ];
}

/** The authority asks the domain's port 80 or 443 before it gives a certificate, from addresses that it does not publish. */
function unreachableProxy({ app, network }: CloudAppSpec): string[] {
  if (app.https?.acmeServer !== LETS_ENCRYPT) {
    return [];
  }
  const asked = "https asks Let's Encrypt for certificates, which must reach the domains on port 80 or 443";
  if (!network.externalAddress) {
    return [
      `${asked}, and the VM has no external address: unless something in front passes its requests on, name an authority that reaches the VM with https.acmeServer`,
    ];
  }
  return isAnywhere(network.sourceRanges)
    ? []
    : [
        `${asked} from addresses that it does not publish, and network.sourceRanges lets others in only: unless something in front passes its requests on, leave sourceRanges out, or name an authority in these ranges with https.acmeServer`,
      ];
}

/** A port of the VM that was chosen, and is not the proxy's, was meant for somebody. */
function unpublishedPorts({ app }: CloudAppSpec): string[] {
  return app.portsBehind
    .filter(({ hostPort, containerPort }) => ![80, 443, containerPort].includes(hostPort))
    .map(
      ({ hostPort, containerPort }) =>
        `port ${hostPort} of the VM is not published: container port ${containerPort} is behind https, and is reached on 443 alone; leave the hostPort out`,
    );
}

type Config = { readonly [key: string]: unknown };

function staleLists({ app, machine }: CloudAppSpec): string[] {
  if (kernelExpiresLists(machine.bootImage)) {
    return [];
  }
  return mountLists(app).flatMap(({ what, mounts }) =>
    mounts
      .map(({ gcsfuseConfig }) => (gcsfuseConfig["file-system"] as Config)["kernel-list-cache-ttl-secs"] ?? 0)
      .flatMap((seconds, index) =>
        // Forever is what was asked for, whatever the kernel.
        [0, -1].includes(Number(seconds))
          ? []
          : [
              `${what}[${index}] lets the kernel keep lists of folders for ${String(seconds)} seconds, and machine.bootImage ${quote(machine.bootImage)} has or may have a kernel that keeps them for longer (Linux 6.9 to 6.12): leave kernelListCacheTtlSeconds out, or use an image of another milestone such as "cos-cloud/cos-121-lts"`,
            ],
      ),
  );
}

function largeCaches({ app, machine }: CloudAppSpec): string[] {
  const sizes = servedMounts(mountLists(app).map(({ mounts }) => mounts))
    .filter(({ gcsfuseConfig }) => gcsfuseConfig["cache-dir"] !== undefined)
    // Without a size, gcsfuse takes what there is.
    .map(({ gcsfuseConfig }) => Number((gcsfuseConfig["file-cache"] as Config)["max-size-mb"] ?? -1));
  const spare = spareMib(machine.bootDiskSizeGb);
  const unlimited = sizes.some((size) => size < 0);
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (spare === undefined || !(unlimited || sum > spare)) {
    return [];
  }
  return [
    `the file caches of the mounts may have ${unlimited ? "any size" : `${sum} MiB`} together, and of the boot disk's ${machine.bootDiskSizeGb} GB the system and the images leave about ${spare} MiB for them and for files that are being uploaded: when it is full, uploads fail; give a smaller fileCacheMaxSizeMib, or a larger machine.bootDiskSizeGb`,
  ];
}

function visibleSecrets({ app }: CloudAppSpec): string[] {
  return [app, ...app.sidecars].flatMap(({ secretNames }) =>
    secretNames.map(
      (name) =>
        `environment variable "${name}" looks like a secret: its value can be read in the Terraform state and in the VM's metadata; give it with secrets, for example secrets: { ${JSON.stringify(name)}: Secret.fromSecretManager("…", { version: "1" }) }`,
    ),
  );
}
