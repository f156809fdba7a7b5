import { Exposure, Severity } from "./exposure";
import { projectMetadataOf, RUNS_OR_OPENS, SETTINGS_OF_LOGIN } from "../apps/instance-metadata";
import { isAnywhere } from "../apps/ipv4-ranges";
import { at, blocksAt, isTrue, stableText, textAt, textsAt, without } from "../read/json";
import { trafficInWords } from "./opening-exposures";
import { isReference } from "../read/references";
import { Resource } from "../read/stack";

/** What a resource exposes by its own settings. */
export function resourceExposures(resource: Resource): Exposure[] {
  const { type, address, values } = resource;
  const exposure = (severity: Severity, text: string): Exposure => ({ severity, text, values: [address] });
  if (type === "google_service_account_key") {
    const text = "a key of a service account: whoever has it acts as the account";
    return [{ ...exposure(2, text), key: stableText([text, address, values]) }];
  }
  if (/^google_compute_((region_)?network_)?firewall_policy_rule$/.test(type)) {
    return policyRule(resource);
  }
  if (/^google_compute_project_metadata(_item)?$/.test(type)) {
    return projectMetadata(resource);
  }
  if (type === "docker_container") {
    return containerSettings(resource);
  }
  if (type !== "google_storage_bucket") {
    return [];
  }
  return [
    ...(textAt(values, "public_access_prevention") === "enforced"
      ? []
      : [exposure(2, "the bucket can be opened to the public: public access prevention is not enforced")]),
    ...(isTrue(at(values, "uniform_bucket_level_access"))
      ? []
      : [exposure(2, "single objects of the bucket can be opened: uniform bucket-level access is off")]),
    ...blocksAt(values, "cors")
      .filter((cors) => textsAt(cors, "origin").includes("*"))
      .map(() => exposure(1, "pages of any site may ask for the bucket's objects (CORS)")),
  ];
}

/** Rules of a policy go before a network's own: they are not told apart by the VMs that they are for. */
function policyRule({ address, values }: Resource): Exposure[] {
  const isOther = textAt(values, "direction") === "EGRESS" || isTrue(at(values, "disabled"));
  if (isOther || textAt(values, "action") === "deny") {
    return [];
  }
  const sources = textsAt(values, "match", "src_ip_ranges");
  const anywhere = sources.length === 0 || isAnywhere(sources);
  const traffic = blocksAt(values, "match", "layer4_configs").map((layer) =>
    trafficInWords({
      rule: address,
      sources,
      protocol: textAt(layer, "ip_protocol") ?? "all",
      ports: textsAt(layer, "ports"),
    }),
  );
  const text = `a rule of a firewall policy lets ${anywhere ? "anybody on the internet" : "others"} reach VMs`;
  const shown = [...traffic, ...(anywhere ? [] : sources), address];
  return [
    { severity: anywhere ? 3 : 2, text, values: shown, key: stableText([address, without(values, "description")]) },
  ];
}

/** The metadata of all VMs of a project, which a VM's own goes before. */
function projectMetadata(resource: Resource): Exposure[] {
  const { address, values } = resource;
  return projectMetadataOf(resource)
    .filter(([key]) => RUNS_OR_OPENS.test(key) || SETTINGS_OF_LOGIN.test(key) || isReference(key))
    .map(([key, content]) => ({
      severity: 2,
      text: "metadata of the project that runs a script on its VMs as root, or changes who can log in to them",
      values: [key, address],
      key: stableText([address, at(values, "project") ?? "", key, content]),
    }));
}

function containerSettings({ values, address }: Resource): Exposure[] {
  const sources = [
    ...blocksAt(values, "mounts").map((mount) => textAt(mount, "source")),
    ...blocksAt(values, "volumes").map((volume) => textAt(volume, "host_path")),
  ];
  return [
    ...(isTrue(at(values, "privileged"))
      ? [{ severity: 2, text: "a privileged container", values: [address] } as const]
      : []),
    ...(sources.some((source) => source?.endsWith("docker.sock"))
      ? [
          {
            severity: 1,
            text: "a container that may use the Docker Engine, and so do what root may on this computer",
            values: [address],
          } as const,
        ]
      : []),
  ];
}
