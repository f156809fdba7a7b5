import { Cloud } from "../../shared-by-apis";
import { ApiRequest, Method } from "../../api-routes";
import { addressMethods } from "./addresses";
import { diskTypes, isZone, lastOf, machineType, missing, regionOf, regions, selfLink } from "./catalog";
import { diskMethods } from "./disks";
import { firewallMethods } from "./firewalls";
import { imageMethods } from "./public-images";
import { instanceMethods } from "./instances";
import { operationMethods } from "./compute-operations";
import { resourcePolicyMethods } from "./resource-policies";
import { snapshotMethods } from "./snapshots";

/** Compute Engine: VMs and what they need. */
export function compute(cloud: Cloud): Method[] {
  return [
    ...instanceMethods(cloud),
    ...diskMethods(cloud),
    ...snapshotMethods(cloud),
    ...resourcePolicyMethods(cloud),
    ...addressMethods(cloud),
    ...firewallMethods(cloud),
    ...imageMethods(cloud),
    ...operationMethods(cloud),
    ...lookups(cloud),
  ];
}

/** What exists without being created: project, regions, zones, types, networks. */
function lookups(cloud: Cloud): Method[] {
  const project = ({ params }: ApiRequest) => cloud.project(params.project);
  const get = (id: string, path: string, find: (params: Record<string, string>) => object | undefined): Method => ({
    id: `compute.${id}.get`,
    verb: "GET",
    path: `/projects/:project${path}`,
    project,
    handler: (request) => {
      const concrete = path.replace(/:(\w+)/g, (_, name: string) => request.params[name]);
      const full = `projects/${request.params.project}${concrete}`;
      const found = find(request.params);
      if (!found) throw missing(full);
      return { name: lastOf(full), selfLink: selfLink(full), ...found };
    },
  });
  return [
    get("projects", "", ({ project: id }) => {
      const { projectId, number } = cloud.project(id);
      return {
        kind: "compute#project",
        id: number,
        name: projectId,
        defaultServiceAccount: `${number}-compute@developer.gserviceaccount.com`,
        defaultNetworkTier: "PREMIUM",
      };
    }),
    get("regions", "/regions/:region", ({ region }) =>
      regions.includes(region) ? { kind: "compute#region", status: "UP" } : undefined,
    ),
    get("zones", "/zones/:zone", ({ project: id, zone }) =>
      isZone(zone)
        ? { kind: "compute#zone", status: "UP", region: selfLink(`projects/${id}/regions/${regionOf(zone)}`) }
        : undefined,
    ),
    get("machineTypes", "/zones/:zone/machineTypes/:type", ({ zone, type }) => {
      const known = isZone(zone) ? machineType(type) : undefined;
      return known && { kind: "compute#machineType", guestCpus: known.cpus, architecture: known.architecture, zone };
    }),
    get("diskTypes", "/zones/:zone/diskTypes/:type", ({ zone, type }) =>
      isZone(zone) && diskTypes.includes(type) ? { kind: "compute#diskType", zone } : undefined,
    ),
    get("networks", "/global/networks/:network", ({ project: id, network }) =>
      cloud.project(id).networks.includes(network)
        ? { kind: "compute#network", autoCreateSubnetworks: true, routingConfig: { routingMode: "REGIONAL" } }
        : undefined,
    ),
    get("subnetworks", "/regions/:region/subnetworks/:subnetwork", ({ project: id, region, subnetwork }) =>
      regions.includes(region) && cloud.project(id).networks.includes(subnetwork)
        ? { kind: "compute#subnetwork", network: selfLink(`projects/${id}/global/networks/${subnetwork}`) }
        : undefined,
    ),
  ];
}
