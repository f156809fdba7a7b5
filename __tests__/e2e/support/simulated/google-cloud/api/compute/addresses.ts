import { Cloud } from "../../shared-by-apis";
import { alreadyExists, GoogleError, required } from "../../google-error";
import { ApiRequest, Method } from "../../api-routes";
import { Resource } from "../../google-state";
import { checkLabels } from "../labels";
import { badValue, missing, regions, selfLink } from "./catalog";
import { checkFingerprint, fingerprint } from "./fingerprint";
import { startOperation } from "./compute-operations";

const base = "/projects/:project/regions/:region/addresses";

/** Static external addresses. */
export function addressMethods(cloud: Cloud): Method[] {
  const project = ({ params }: ApiRequest) => cloud.project(params.project);
  const pathOfAddress = ({ params }: ApiRequest, name = params.address) =>
    `projects/${params.project}/regions/${params.region}/addresses/${name}`;
  const find = (request: ApiRequest): Resource => {
    const found = cloud.state.addresses[pathOfAddress(request)];
    if (!found) throw missing(pathOfAddress(request));
    return found;
  };

  return [
    {
      id: "compute.addresses.insert",
      verb: "POST",
      path: base,
      body: "compute.Address",
      project,
      handler: (request) => {
        const { body, params } = request;
        if (!regions.includes(params.region)) throw missing(`projects/${params.project}/regions/${params.region}`);
        if (!body.name) throw required("resource.name");
        const { addressType = "EXTERNAL", networkTier = "PREMIUM" } = body;
        if (!["PREMIUM", "STANDARD"].includes(networkTier)) {
          throw badValue("resource.networkTier", networkTier, "Must be PREMIUM or STANDARD.");
        }
        if (addressType === "INTERNAL" && body.networkTier) {
          throw badValue("resource.networkTier", networkTier, "Network tier is only for external addresses.");
        }
        checkLabels(body.labels);
        const path = pathOfAddress(request, body.name);
        if (cloud.state.addresses[path]) throw alreadyExists(`The resource '${path}' already exists`);
        const address: Resource = {
          kind: "compute#address",
          id: cloud.newId(),
          creationTimestamp: new Date().toISOString(),
          description: "",
          ...body,
          address: body.address ?? cloud.newAddress(body.name),
          addressType,
          networkTier,
          status: "RESERVED",
          region: selfLink(`projects/${params.project}/regions/${params.region}`),
          selfLink: selfLink(path),
          labelFingerprint: fingerprint(body.labels ?? {}),
        };
        return startOperation(cloud, request, "insert", { path, id: address.id }, async () => {
          cloud.state.addresses[path] = address;
        });
      },
    },
    {
      id: "compute.addresses.get",
      verb: "GET",
      path: `${base}/:address`,
      project,
      handler: (request) => find(request),
    },
    {
      id: "compute.addresses.setLabels",
      verb: "POST",
      path: `${base}/:address/setLabels`,
      body: "compute.RegionSetLabelsRequest",
      project,
      handler: (request) => {
        const address = find(request);
        const { labels = {}, labelFingerprint } = request.body;
        checkFingerprint(address.labelFingerprint, labelFingerprint, "labels");
        checkLabels(labels);
        return startOperation(
          cloud,
          request,
          "setLabels",
          { path: pathOfAddress(request), id: address.id },
          async () => {
            address.labels = labels;
            address.labelFingerprint = fingerprint(labels);
          },
        );
      },
    },
    {
      id: "compute.addresses.delete",
      verb: "DELETE",
      path: `${base}/:address`,
      project,
      handler: (request) => {
        const address = find(request);
        const path = pathOfAddress(request);
        if (address.users?.length) {
          const user = address.users[0].replace(/^.*\/compute\/v1\//, "");
          throw new GoogleError(
            400,
            "resourceInUseByAnotherResource",
            `The address resource '${path}' is already being used by '${user}'`,
          );
        }
        return startOperation(cloud, request, "delete", { path, id: address.id }, async () => {
          delete cloud.state.addresses[path];
        });
      },
    },
  ];
}

/** An interface's own external address: not reserved, gone with the VM. */
export function useAddress(cloud: Cloud, project: string, region: string, natIP: string, user: string): Resource {
  const address = Object.values(cloud.state.addresses).find(
    (a) => a.address === natIP && a.region.endsWith(`projects/${project}/regions/${region}`),
  );
  if (!address) {
    throw badValue(
      "resource.networkInterfaces[0].accessConfigs[0].natIP",
      natIP,
      "The specified external IP address was not found in the region.",
    );
  }
  if (address.users?.some((other: string) => other !== user)) {
    throw badValue(
      "resource.networkInterfaces[0].accessConfigs[0].natIP",
      natIP,
      `External IP address: '${natIP}' is already in-use.`,
    );
  }
  return address;
}
