import { Cloud } from "../../shared-by-apis";
import { alreadyExists, invalid, notFound, required } from "../../google-error";
import { Instance, Resource } from "../../google-state";
import { checkLabels } from "../labels";
import { useAddress } from "./addresses";
import { badValue, diskTypes, lastOf, machineType, missing, pathOf, regionOf, selfLink } from "./catalog";
import { attachDisk } from "./disks";
import { fingerprint } from "./fingerprint";
import { imageAt } from "./public-images";

export interface NewInstance {
  readonly instance: Instance;
  readonly disk: Resource;
  readonly address?: Resource;
}

/** Checks what an insert asks for and fills in what Google fills in. */
export function newInstance(cloud: Cloud, project: string, zone: string, body: Resource): NewInstance {
  if (!body.name) throw required("resource.name");
  const path = `projects/${project}/zones/${zone}/instances/${body.name}`;
  if (cloud.state.instances[path]) throw alreadyExists(`The resource '${path}' already exists`);
  const type = checkMachineType(project, zone, body.machineType);
  checkLabels(body.labels);
  checkMetadata(body.metadata?.items ?? []);
  checkTags(body.tags?.items ?? []);
  checkServiceAccounts(cloud, body.serviceAccounts ?? []);
  const disk = newBootDisk(cloud, project, zone, body);
  if (disk.architecture !== type.architecture) {
    throw invalid(
      `Invalid resource usage: 'Requested image architecture ${disk.architecture} is not compatible with machine ` +
        `type ${type.name} of architecture ${type.architecture}.'.`,
    );
  }
  const diskType = lastOf(disk.type);
  if (type.hyperdiskOnly !== diskType.startsWith("hyperdisk") && (type.hyperdiskOnly || !/^(c3|m3)/.test(type.name))) {
    throw invalid(`[${diskType}] features are not compatible for creating instance.`);
  }
  const { networkInterface, address } = newInterface(cloud, project, zone, body, selfLink(path));
  const attached: Resource = body.disks[0];
  const devices = (body.disks as Resource[]).map(({ deviceName }) => deviceName as string);
  const others = (body.disks as Resource[]).slice(1).map((asked, at) => {
    const index = at + 1;
    return attachDisk(
      cloud,
      { selfLink: selfLink(path), project, zone, devices: devices.slice(0, index) },
      asked,
      index,
    );
  });
  const now = new Date().toISOString();
  const tags: string[] = body.tags?.items ?? [];
  const instance: Instance = {
    kind: "compute#instance",
    id: cloud.newId(),
    creationTimestamp: now,
    description: "",
    canIpForward: false,
    startRestricted: false,
    deletionProtection: false,
    ...body,
    name: body.name,
    machineType: selfLink(`projects/${project}/zones/${zone}/machineTypes/${type.name}`),
    cpuPlatform: type.cpuPlatform,
    zone: selfLink(`projects/${project}/zones/${zone}`),
    selfLink: selfLink(path),
    status: "PROVISIONING",
    tags: { ...(tags.length ? { items: [...tags].sort() } : {}), fingerprint: fingerprint(tags) },
    labelFingerprint: fingerprint(body.labels ?? {}),
    metadata: newMetadata(body.metadata?.items ?? []),
    networkInterfaces: [networkInterface],
    disks: [
      {
        kind: "compute#attachedDisk",
        type: "PERSISTENT",
        mode: attached.mode ?? "READ_WRITE",
        source: disk.selfLink,
        deviceName: attached.deviceName ?? "persistent-disk-0",
        index: 0,
        boot: true,
        autoDelete: attached.autoDelete ?? false,
        licenses: disk.licenses,
        interface: attached.interface ?? "SCSI",
        guestOsFeatures: disk.guestOsFeatures,
        diskSizeGb: disk.sizeGb,
        architecture: disk.architecture,
      },
      ...others,
    ],
    scheduling: {
      onHostMaintenance: "MIGRATE",
      automaticRestart: true,
      preemptible: false,
      provisioningModel: "STANDARD",
      ...body.scheduling,
    },
    shieldedInstanceConfig: {
      enableSecureBoot: false,
      enableVtpm: true,
      enableIntegrityMonitoring: true,
      ...body.shieldedInstanceConfig,
    },
    shieldedInstanceIntegrityPolicy: { updateAutoLearnPolicy: true },
    fingerprint: fingerprint(body),
    lastStartTimestamp: now,
  };
  return { instance, disk: { ...disk, users: [instance.selfLink] }, address };
}

export function checkMachineType(project: string, zone: string, link: string | undefined) {
  if (!link) throw required("resource.machineType");
  const path = pathOf(link, project);
  const type = machineType(lastOf(path));
  if (!type || !path.includes(`/zones/${zone}/`)) {
    throw badValue("resource.machineType", selfLink(path), "The referenced resource does not exist.");
  }
  return type;
}

export function newMetadata(items: Resource[]): Instance["metadata"] {
  const sorted = items.map(({ key, value = "" }) => ({ key, value }));
  return { kind: "compute#metadata", fingerprint: fingerprint(sorted), items: sorted } as Instance["metadata"];
}

export function checkMetadata(items: Resource[]): void {
  const seen = new Set<string>();
  let total = 0;
  items.forEach(({ key, value = "" }, i) => {
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(key ?? "")) {
      throw badValue(`resource.metadata.items[${i}].key`, key, "Must be a match of regex '[a-zA-Z0-9-_]{1,128}'");
    }
    if (seen.has(key)) throw badValue(`resource.metadata.items[${i}].key`, key, "Duplicate metadata key.");
    seen.add(key);
    const size = Buffer.byteLength(value);
    total += size + Buffer.byteLength(key);
    if (size > 262144) {
      throw invalid(
        `Value for field 'resource.metadata.items[${i}].value' is too large: maximum size 262144 character(s); ` +
          `actual size ${size}.`,
      );
    }
  });
  if (total > 524288) throw invalid(`Metadata is too large: maximum size 524288 character(s); actual size ${total}.`);
}

export function checkTags(tags: string[]): void {
  const regex = "(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)";
  tags.forEach((tag, i) => {
    if (!new RegExp(`^${regex}$`).test(tag)) {
      throw badValue(`resource.tags.items[${i}]`, tag, `Must be a match of regex '${regex}'`);
    }
  });
  if (tags.length > 64) throw invalid("At most 64 tags are allowed.");
}

export function checkServiceAccounts(cloud: Cloud, accounts: Resource[]): void {
  for (const { email = "default" } of accounts) {
    const known = Object.values(cloud.state.serviceAccounts).some((account) => account.email === email);
    if (!known && email !== "default" && !/-compute@developer\.gserviceaccount\.com$/.test(email)) {
      throw notFound(`The resource '${email}' of type 'serviceAccount' was not found.`);
    }
  }
}

function newBootDisk(cloud: Cloud, project: string, zone: string, body: Resource): Resource {
  const attached: Resource | undefined = body.disks?.[0];
  if (!attached?.boot) throw invalid("Invalid value for field 'resource.disks': ''. At least one boot disk is needed.");
  const params: Resource = attached.initializeParams ?? {};
  if (!params.sourceImage) throw required("resource.disks[0].initializeParams.sourceImage");
  const image = imageAt(cloud.state, pathOf(params.sourceImage, project));
  const size = Number(params.diskSizeGb ?? image.diskSizeGb);
  if (size < Number(image.diskSizeGb)) {
    throw badValue(
      "resource.disks[0].initializeParams.diskSizeGb",
      size,
      `Requested disk size cannot be smaller than the image size (${image.diskSizeGb} GB)`,
    );
  }
  const type = lastOf(params.diskType ?? "pd-standard");
  if (!diskTypes.includes(type)) throw missing(`projects/${project}/zones/${zone}/diskTypes/${type}`);
  const name = params.diskName ?? body.name;
  const path = `projects/${project}/zones/${zone}/disks/${name}`;
  if (cloud.state.disks[path]) throw alreadyExists(`The resource '${path}' already exists`);
  const now = new Date().toISOString();
  return {
    kind: "compute#disk",
    id: cloud.newId(),
    creationTimestamp: now,
    name,
    sizeGb: String(size),
    zone: selfLink(`projects/${project}/zones/${zone}`),
    status: "READY",
    sourceImage: image.selfLink,
    sourceImageId: image.id,
    type: selfLink(`projects/${project}/zones/${zone}/diskTypes/${type}`),
    licenses: image.licenses,
    guestOsFeatures: attached.guestOsFeatures ?? image.guestOsFeatures,
    lastAttachTimestamp: now,
    ...(params.labels ? { labels: params.labels } : {}),
    labelFingerprint: fingerprint(params.labels ?? {}),
    physicalBlockSizeBytes: "4096",
    architecture: image.architecture,
    enableConfidentialCompute: false,
    selfLink: selfLink(path),
  };
}

function newInterface(cloud: Cloud, project: string, zone: string, body: Resource, user: string) {
  const [asked] = (body.networkInterfaces ?? []) as Resource[];
  if (!asked) throw required("resource.networkInterfaces");
  const network = pathOf(asked.network || "global/networks/default", project);
  if (!asked.subnetwork && !cloud.project(project).networks.includes(lastOf(network))) {
    throw badValue(
      "resource.networkInterfaces[0].network",
      selfLink(network),
      "The referenced network does not exist.",
    );
  }
  const subnetwork = asked.subnetwork
    ? pathOf(asked.subnetwork, project)
    : `projects/${project}/regions/${regionOf(zone)}/subnetworks/${lastOf(network)}`;
  const host = 2 + (Object.keys(cloud.state.instances).length % 250);
  const accessConfigs = ((asked.accessConfigs ?? []) as Resource[]).map((config) =>
    newAccessConfig(cloud, project, zone, config, user),
  );
  return {
    address: accessConfigs[0]?.address,
    networkInterface: {
      kind: "compute#networkInterface",
      name: "nic0",
      network: selfLink(network),
      subnetwork: selfLink(subnetwork),
      networkIP: asked.networkIP || `10.142.0.${host}`,
      fingerprint: fingerprint(asked),
      stackType: asked.stackType || "IPV4_ONLY",
      ...(asked.nicType ? { nicType: asked.nicType } : {}),
      ...(accessConfigs.length ? { accessConfigs: accessConfigs.map(({ config }) => config) } : {}),
    } as Resource,
  };
}

/** An external address on an interface: a reserved one of the same tier, or one that goes with the VM. */
export function newAccessConfig(
  cloud: Cloud,
  project: string,
  zone: string,
  asked: Resource,
  user: string,
): { config: Resource; address?: Resource } {
  const address = asked.natIP ? useAddress(cloud, project, regionOf(zone), asked.natIP, user) : undefined;
  const networkTier = asked.networkTier || address?.networkTier || "PREMIUM";
  if (address && address.networkTier !== networkTier) {
    throw badValue(
      "resource.networkInterfaces[0].networkTier",
      networkTier,
      `The network tier of external IP address is ${address.networkTier}, that of Access Config must be the same.`,
    );
  }
  const config = {
    kind: "compute#accessConfig",
    type: "ONE_TO_ONE_NAT",
    name: asked.name || "external-nat",
    natIP: asked.natIP || cloud.newAddress("ephemeral"),
    networkTier,
  };
  return { config, address };
}
