import { Declaration, MountDeclaration } from "../../boot/declaration";
import { Grant, grantsOf } from "./grants";
import { Applies, appliesTo } from "./applying-rules";
import { disksOf, mountsOf } from "./containers";
import { KeptDisk, keptDisks, partsOfDisk } from "./disks";
import { at, blocksAt, textAt } from "../read/json";
import { denyRule, Opening, openingsOf } from "./openings";
import { DECLARATION_KEY } from "../read/read-declaration";
import { names, referredTo } from "../read/references";
import { isAccount } from "./service-accounts";
import { Resource, Stack } from "../read/stack";

/** A folder of the app, and the bucket that keeps it. */
export interface KeptFolder {
  readonly mount: MountDeclaration;
  /** The bucket, if it is in the stack. */
  readonly bucket?: Resource;
}

/** An app of this library, with what belongs to it in a stack. */
export interface App {
  readonly name: string;
  /** On a VM in Google Cloud, or on a Docker Engine. */
  readonly kind: "vm" | "local";
  /** The VM, or the container that stands in for it. */
  readonly machine: Resource;
  readonly declaration?: Declaration;
  readonly serviceAccount?: Resource;
  readonly address?: Resource;
  /** The DNS records that have its address. */
  readonly records: readonly Resource[];
  /** The firewall rules that apply to the VM, or may do so. */
  readonly rules: readonly Resource[];
  /** The rule that denies what no other allows, and keeps those of Google's default network from applying. */
  readonly deny?: Resource;
  readonly openings: readonly Opening[];
  readonly grants: readonly Grant[];
  readonly folders: readonly KeptFolder[];
  readonly disks: readonly KeptDisk[];
  /** The volumes of a local app that outlive it: the files of its emulated Cloud Storage. */
  readonly volumes: readonly string[];
  /** The addresses of all that belongs to it, the machine's included. */
  readonly resources: ReadonlySet<string>;
}

export function appsOf(stack: Stack): readonly App[] {
  return stack.resources.flatMap((resource) => {
    if (isVm(resource)) {
      return [vmApp(resource, stack)];
    }
    return isLocalMachine(resource) ? [localApp(resource, stack)] : [];
  });
}

function isVm({ type, values, declaration }: Resource): boolean {
  if (type !== "google_compute_instance") {
    return false;
  }
  const userData = textAt(values, "metadata", "user-data") ?? "";
  return (
    declaration !== undefined ||
    at(values, "metadata", DECLARATION_KEY) !== undefined ||
    userData.includes(DECLARATION_KEY)
  );
}

function isLocalMachine({ type, values, declaration }: Resource): boolean {
  const uploads = blocksAt(values, "upload").map((upload) => textAt(upload, "file") ?? "");
  return (
    type === "docker_container" &&
    (declaration !== undefined || uploads.some((file) => file.startsWith(`/etc/${DECLARATION_KEY}/`)))
  );
}

function vmApp(machine: Resource, { resources }: Stack): App {
  const { declaration, values } = machine;
  const email = at(values, "service_account", "email");
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const serviceAccount = ofType("google_service_account").find((account) => names(email, account, "email"));
  const natIp = at(values, "network_interface", "access_config", "nat_ip");
  const address = ofType("google_compute_address").find((item) => names(natIp, item, "address"));
  const records = ofType("google_dns_record_set").filter(({ values: { rrdatas } }) =>
    [address && names(rrdatas, address, "address"), names(rrdatas, machine, "network_ip")].some(Boolean),
  );
  const applying = (...wanted: Applies[]) =>
    ofType("google_compute_firewall").filter((rule) =>
      wanted.includes(appliesTo(rule, machine, serviceAccount, resources)),
    );
  const rules = applying("yes", "maybe");
  const deny = denyRule(applying("yes"));
  const grants = grantsOf(resources).filter(({ member }) =>
    isMember(member, serviceAccount, textAt(values, "service_account", "email")),
  );
  const buckets = ofType("google_storage_bucket");
  const folders = mountsOf(declaration).map((mount) => ({
    mount,
    bucket: buckets.find((bucket) => names(mount.bucket, bucket, "name")),
  }));
  const disks = keptDisks(disksOf(declaration), machine, resources);
  const granted = buckets.filter((bucket) =>
    grants.some(({ kind, on }) => kind === "bucket" && on !== undefined && names(on, bucket, "name")),
  );
  const repositories = ofType("google_artifact_registry_repository").filter((repository) =>
    grants.some(
      ({ kind, on }) =>
        kind === "image repository" && on !== undefined && names(on, repository, "repository_id", "name"),
    ),
  );
  const own = [
    machine,
    serviceAccount,
    address,
    ...records,
    ...rules,
    ...folders.map(({ bucket }) => bucket),
    ...granted,
    ...repositories,
    ...disks.flatMap((kept) => partsOfDisk(kept, resources)),
  ].filter((resource): resource is Resource => resource !== undefined);
  return {
    name: textAt(values, "name") ?? machine.address,
    kind: "vm",
    machine,
    declaration,
    serviceAccount,
    address,
    records,
    rules,
    deny,
    openings: openingsOf(rules, deny),
    grants,
    folders,
    disks,
    volumes: [],
    resources: new Set([...own.map((resource) => resource.address), ...grants.map((grant) => grant.address)]),
  };
}

function isMember(member: string, account: Resource | undefined, email: string | undefined): boolean {
  return (
    (account !== undefined &&
      (names(member, account, "member", "email") || isAccount(member.replace(/^serviceAccount:/, ""), account))) ||
    (email !== undefined && member === `serviceAccount:${email}`)
  );
}

function localApp(machine: Resource, { resources }: Stack): App {
  const label = labelOf(machine);
  const own = resources.filter(
    (resource) => resource.type.startsWith("docker_") && label !== undefined && labelOf(resource) === label,
  );
  const storage = own.filter(({ type, address }) => type === "docker_container" && address !== machine.address);
  const { declaration } = machine;
  return {
    name: label ?? textAt(machine.values, "name") ?? machine.address,
    kind: "local",
    machine,
    declaration,
    records: [],
    rules: [],
    openings: [],
    grants: [],
    folders: mountsOf(declaration).map((mount) => ({ mount })),
    disks: disksOf(declaration).map((declared) => ({ declared })),
    volumes: storage.flatMap(({ values }) =>
      blocksAt(values, "volumes").flatMap((volume) => textAt(volume, "volume_name") ?? []),
    ),
    resources: new Set([
      ...own.map(({ address }) => address),
      ...referredTo(
        own.map(({ values }) => values),
        resources,
      ).map(({ address }) => address),
      machine.address,
    ]),
  };
}

function labelOf({ values }: Resource): string | undefined {
  const label = blocksAt(values, "labels").find((item) => textAt(item, "label") === DECLARATION_KEY);
  return textAt(label, "value");
}
