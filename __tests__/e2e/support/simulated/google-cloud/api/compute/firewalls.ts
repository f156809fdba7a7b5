import { isIP } from "node:net";
import { Cloud } from "../../shared-by-apis";
import { alreadyExists, invalid, required } from "../../google-error";
import { ApiRequest, Method } from "../../api-routes";
import { Resource } from "../../google-state";
import { badValue, lastOf, missing, pathOf, selfLink } from "./catalog";
import { startOperation } from "./compute-operations";

const base = "/projects/:project/global/firewalls";
const tag = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** VPC firewall rules. Nothing enforces them here: the COS-like machine has its own filter. */
export function firewallMethods(cloud: Cloud): Method[] {
  const project = ({ params }: ApiRequest) => cloud.project(params.project);
  const pathOfRule = ({ params }: ApiRequest, name = params.firewall) =>
    `projects/${params.project}/global/firewalls/${name}`;
  const find = (request: ApiRequest): Resource => {
    const found = cloud.state.firewalls[pathOfRule(request)];
    if (!found) throw missing(pathOfRule(request));
    return found;
  };

  const complete = (rule: Resource, projectId: string): Resource => {
    const network = pathOf(rule.network ?? "global/networks/default", projectId);
    if (!cloud.project(projectId).networks.includes(lastOf(network))) throw missing(network);
    if (!rule.allowed?.length === !rule.denied?.length) {
      throw invalid("Invalid value for field 'resource': exactly one of allowed and denied must be given.");
    }
    for (const { IPProtocol, ports } of [...(rule.allowed ?? []), ...(rule.denied ?? [])]) {
      if (!/^(all|tcp|udp|icmp|esp|ah|ipip|sctp|\d{1,3})$/.test(IPProtocol ?? "")) {
        throw badValue("resource.allowed[0].IPProtocol", IPProtocol, "Unknown protocol.");
      }
      if (ports?.length && !["tcp", "udp", "sctp"].includes(IPProtocol)) {
        throw badValue("resource.allowed[0].ports", ports, "Ports may only be specified for TCP, UDP and SCTP.");
      }
      for (const port of ports ?? []) {
        const [from, to = from] = port.split("-").map(Number);
        if (!(from >= 0 && from <= to && to <= 65535)) {
          throw badValue("resource.allowed[0].ports[0]", port, "Ports must be in the range between 0 and 65535.");
        }
      }
    }
    const sources = rule.sourceTags?.length || rule.sourceServiceAccounts?.length;
    const ranges: string[] = rule.sourceRanges ?? (sources ? [] : ["0.0.0.0/0"]);
    for (const range of ranges) {
      const [address, bits] = range.split("/");
      const kind = isIP(address);
      if (!kind || (bits !== undefined && !(Number(bits) <= (kind === 4 ? 32 : 128)))) {
        throw badValue("resource.sourceRanges[0]", range, "Must be a valid IP address range.");
      }
    }
    for (const t of [...(rule.targetTags ?? []), ...(rule.sourceTags ?? [])]) {
      if (!tag.test(t)) throw badValue("resource.targetTags[0]", t, `Must be a match of regex '${tag.source}'`);
    }
    const { priority = 1000 } = rule;
    if (!(priority >= 0 && priority <= 65535)) {
      throw badValue("resource.priority", priority, "Must be between 0 and 65535.");
    }
    return {
      description: "",
      direction: "INGRESS",
      disabled: false,
      logConfig: { enable: false },
      ...rule,
      priority,
      ...(ranges.length ? { sourceRanges: ranges } : {}),
      network: selfLink(network),
    };
  };

  return [
    {
      id: "compute.firewalls.insert",
      verb: "POST",
      path: base,
      body: "compute.Firewall",
      project,
      handler: (request) => {
        const { body, params } = request;
        if (!body.name) throw required("resource.name");
        const path = pathOfRule(request, body.name);
        const rule = {
          kind: "compute#firewall",
          id: cloud.newId(),
          creationTimestamp: new Date().toISOString(),
          ...complete(body, params.project),
          selfLink: selfLink(path),
        };
        if (cloud.state.firewalls[path]) throw alreadyExists(`The resource '${path}' already exists`);
        return startOperation(cloud, request, "insert", { path, id: rule.id }, async () => {
          cloud.state.firewalls[path] = rule;
        });
      },
    },
    { id: "compute.firewalls.get", verb: "GET", path: `${base}/:firewall`, project, handler: (r) => find(r) },
    {
      id: "compute.firewalls.list",
      verb: "GET",
      path: base,
      project,
      handler: ({ params }) => ({
        kind: "compute#firewallList",
        items: Object.entries(cloud.state.firewalls)
          .filter(([path]) => path.startsWith(`projects/${params.project}/`))
          .map(([, rule]) => rule),
      }),
    },
    {
      id: "compute.firewalls.patch",
      verb: "PATCH",
      path: `${base}/:firewall`,
      body: "compute.Firewall",
      project,
      handler: (request) => {
        const rule = find(request);
        const path = pathOfRule(request);
        const changed = complete({ ...rule, ...request.body }, request.params.project);
        return startOperation(cloud, request, "patch", { path, id: rule.id }, async () => {
          cloud.state.firewalls[path] = changed;
        });
      },
    },
    {
      id: "compute.firewalls.delete",
      verb: "DELETE",
      path: `${base}/:firewall`,
      project,
      handler: (request) => {
        const rule = find(request);
        const path = pathOfRule(request);
        return startOperation(cloud, request, "delete", { path, id: rule.id }, async () => {
          delete cloud.state.firewalls[path];
        });
      },
    },
  ];
}
