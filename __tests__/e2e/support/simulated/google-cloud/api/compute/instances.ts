import { Cloud } from "../../shared-by-apis";
import { GoogleError, invalid, notFound } from "../../google-error";
import { ApiRequest, Method } from "../../api-routes";
import { Instance, metadataOf, Resource } from "../../google-state";
import { checkLabels } from "../labels";
import { isZone, missing } from "./catalog";
import { attachDisk, releaseDisk } from "./disks";
import { checkFingerprint, fingerprint } from "./fingerprint";
import {
  checkMachineType,
  checkMetadata,
  checkServiceAccounts,
  checkTags,
  newAccessConfig,
  newInstance,
  newMetadata,
} from "./new-instance";
import { startOperation } from "./compute-operations";

const base = "/projects/:project/zones/:zone/instances";
const one = `${base}/:instance`;

/** VMs. What they run is the test's business: see the hooks. */
export function instanceMethods(cloud: Cloud): Method[] {
  const project = ({ params }: ApiRequest) => cloud.project(params.project);
  const pathOfInstance = ({ params }: ApiRequest) =>
    `projects/${params.project}/zones/${params.zone}/instances/${params.instance}`;
  const find = (request: ApiRequest): Instance => {
    const found = cloud.state.instances[pathOfInstance(request)];
    if (!found) throw missing(pathOfInstance(request));
    return found;
  };
  const change = (request: ApiRequest, type: string, effect: (instance: Instance) => void | Promise<void>) => {
    const instance = find(request);
    const target = { path: pathOfInstance(request), id: instance.id };
    return startOperation(cloud, request, type, target, async () => effect(instance));
  };
  const release = (instance: Instance) => {
    for (const address of Object.values(cloud.state.addresses)) {
      if (!address.users?.includes(instance.selfLink)) continue;
      address.status = "RESERVED";
      delete address.users;
    }
  };
  const remove = (path: string, instance: Instance) => {
    delete cloud.state.instances[path];
    delete cloud.state.guestAttributes[path];
    release(instance);
    for (const attached of instance.disks as Resource[]) releaseDisk(cloud, attached);
  };
  const requireStopped = (instance: Instance, what: string) => {
    if (instance.status === "TERMINATED") return;
    throw invalid(
      `Invalid resource usage: 'Instance must be stopped to change its ${what}; it is ${instance.status}.'.`,
    );
  };

  const setter = (
    name: string,
    body: string,
    check: (instance: Instance, request: ApiRequest) => void,
    effect: (instance: Instance, body: Resource) => void | Promise<void>,
    verb: Method["verb"] = "POST",
  ): Method => ({
    id: `compute.instances.${name}`,
    verb,
    path: `${one}/${name}`,
    body,
    project,
    handler: (request) => {
      check(find(request), request);
      return change(request, name, (instance) => effect(instance, request.body));
    },
  });

  return [
    {
      id: "compute.instances.insert",
      verb: "POST",
      path: base,
      body: "compute.Instance",
      project,
      handler: (request) => {
        const { params, body } = request;
        if (!isZone(params.zone)) throw missing(`projects/${params.project}/zones/${params.zone}`);
        const { instance, disk, address } = newInstance(cloud, params.project, params.zone, body);
        const path = `projects/${params.project}/zones/${params.zone}/instances/${instance.name}`;
        cloud.state.instances[path] = instance;
        cloud.state.disks[`projects/${params.project}/zones/${params.zone}/disks/${disk.name}`] = disk;
        if (address) Object.assign(address, { status: "IN_USE", users: [instance.selfLink] });
        return startOperation(
          cloud,
          request,
          "insert",
          { path, id: instance.id },
          async () => {
            instance.status = "RUNNING";
            await cloud.hooks.onInstanceInserted?.(instance);
          },
          () => remove(path, instance),
        );
      },
    },
    { id: "compute.instances.get", verb: "GET", path: one, project, handler: (request) => find(request) },
    {
      id: "compute.instances.list",
      verb: "GET",
      path: base,
      project,
      handler: ({ params }) => ({
        kind: "compute#instanceList",
        items: Object.entries(cloud.state.instances)
          .filter(([path]) => path.startsWith(`projects/${params.project}/zones/${params.zone}/`))
          .map(([, instance]) => instance),
      }),
    },
    {
      id: "compute.instances.delete",
      verb: "DELETE",
      path: one,
      project,
      handler: (request) => {
        const { deletionProtection } = find(request);
        if (deletionProtection) {
          throw invalid("Invalid resource usage: 'Resource cannot be deleted if it's protected against deletion.'.");
        }
        const path = pathOfInstance(request);
        return change(request, "delete", async (instance) => {
          instance.status = "STOPPING";
          await cloud.hooks.onInstanceDeleted?.(instance);
          remove(path, instance);
        });
      },
    },
    {
      id: "compute.instances.stop",
      verb: "POST",
      path: `${one}/stop`,
      project,
      handler: (request) =>
        change(request, "stop", async (instance) => {
          if (instance.status === "TERMINATED") return;
          instance.status = "STOPPING";
          await cloud.hooks.onInstanceStopped?.(instance);
          instance.status = "TERMINATED";
          instance.lastStopTimestamp = new Date().toISOString();
        }),
    },
    {
      id: "compute.instances.start",
      verb: "POST",
      path: `${one}/start`,
      project,
      handler: (request) =>
        change(request, "start", async (instance) => {
          if (instance.status === "RUNNING") return;
          instance.status = "RUNNING";
          instance.lastStartTimestamp = new Date().toISOString();
          await cloud.hooks.onInstanceStarted?.(instance);
        }),
    },
    setter(
      "setMetadata",
      "compute.Metadata",
      (instance, { body }) => {
        checkFingerprint(instance.metadata.fingerprint, body.fingerprint, "metadata");
        checkMetadata(body.items ?? []);
      },
      async (instance, { items }) => {
        instance.metadata = newMetadata(items ?? []);
        await cloud.hooks.onMetadataChanged?.(instance);
      },
    ),
    setter(
      "setLabels",
      "compute.InstancesSetLabelsRequest",
      (instance, { body }) => {
        checkFingerprint(instance.labelFingerprint, body.labelFingerprint, "labels");
        checkLabels(body.labels);
      },
      (instance, { labels = {} }) => {
        instance.labels = labels;
        instance.labelFingerprint = fingerprint(labels);
      },
    ),
    setter(
      "setTags",
      "compute.Tags",
      (instance, { body }) => {
        if (body.fingerprint !== instance.tags.fingerprint) {
          throw new GoogleError(
            412,
            "conditionNotMet",
            "Supplied fingerprint does not match current tags fingerprint.",
          );
        }
        checkTags(body.items ?? []);
      },
      (instance, { items = [] }) => {
        instance.tags = { ...(items.length ? { items: [...items].sort() } : {}), fingerprint: fingerprint(items) };
      },
    ),
    setter(
      "setMachineType",
      "compute.InstancesSetMachineTypeRequest",
      (instance, { body, params }) => {
        requireStopped(instance, "machine type");
        const type = checkMachineType(params.project, params.zone, body.machineType);
        if (type.architecture !== instance.disks[0].architecture) {
          throw invalid(
            `Invalid resource usage: 'Machine type ${type.name} of architecture ${type.architecture} does not boot ` +
              `a disk of architecture ${instance.disks[0].architecture}.'.`,
          );
        }
      },
      (instance, { machineType }) => {
        const name = machineType.slice(machineType.lastIndexOf("/") + 1);
        instance.machineType = instance.machineType.replace(/[^/]+$/, name);
      },
    ),
    setter(
      "setServiceAccount",
      "compute.InstancesSetServiceAccountRequest",
      (instance, { body }) => {
        requireStopped(instance, "service account");
        if (body.email) checkServiceAccounts(cloud, [body]);
      },
      (instance, { email, scopes = [] }) => {
        instance.serviceAccounts = email ? [{ email, scopes }] : [];
      },
    ),
    setter(
      "updateShieldedInstanceConfig",
      "compute.ShieldedInstanceConfig",
      (instance) => requireStopped(instance, "Shielded VM options"),
      (instance, config) => {
        Object.assign(instance.shieldedInstanceConfig, config);
      },
      "PATCH",
    ),
    setter(
      "setScheduling",
      "compute.Scheduling",
      () => undefined,
      (instance, scheduling) => {
        Object.assign(instance.scheduling, scheduling);
      },
    ),
    setter(
      "addAccessConfig",
      "compute.AccessConfig",
      (instance, { body, params }) => {
        if (instance.networkInterfaces[0].accessConfigs?.length) {
          throw invalid("At most one access config currently supported.");
        }
        newAccessConfig(cloud, params.project, params.zone, body, instance.selfLink);
      },
      (instance, body) => {
        const [, projectId, zone] = /projects\/([^/]+)\/zones\/([^/]+)$/.exec(instance.zone) ?? [];
        const { config, address } = newAccessConfig(cloud, projectId, zone, body, instance.selfLink);
        instance.networkInterfaces[0].accessConfigs = [config];
        if (address) Object.assign(address, { status: "IN_USE", users: [instance.selfLink] });
      },
    ),
    {
      id: "compute.instances.deleteAccessConfig",
      verb: "POST",
      path: `${one}/deleteAccessConfig`,
      project,
      handler: (request) =>
        change(request, "deleteAccessConfig", (instance) => {
          delete instance.networkInterfaces[0].accessConfigs;
          release(instance);
        }),
    },
    {
      id: "compute.instances.attachDisk",
      verb: "POST",
      path: `${one}/attachDisk`,
      body: "compute.AttachedDisk",
      project,
      handler: (request) => {
        const { project, zone } = request.params;
        const { selfLink, disks } = find(request);
        const devices = (disks as Resource[]).map(({ deviceName }) => deviceName as string);
        const attached = attachDisk(cloud, { selfLink, project, zone, devices }, request.body, disks.length);
        return change(request, "attachDisk", async (instance) => {
          instance.disks.push(attached);
          await cloud.hooks.onDiskAttached?.(instance, attached);
        });
      },
    },
    {
      id: "compute.instances.detachDisk",
      verb: "POST",
      path: `${one}/detachDisk`,
      project,
      handler: (request) => {
        const { deviceName } = request.query;
        const attached = (find(request).disks as Resource[]).find((disk) => disk.deviceName === deviceName);
        if (!attached || attached.boot) {
          throw invalid(`Invalid value for field 'deviceName': '${deviceName}'. No attached disk found with it.`);
        }
        return change(request, "detachDisk", async (instance) => {
          instance.disks = (instance.disks as Resource[]).filter((disk) => disk !== attached);
          releaseDisk(cloud, { ...attached, autoDelete: false });
          await cloud.hooks.onDiskDetached?.(instance, attached);
        });
      },
    },
    {
      id: "compute.instances.setDeletionProtection",
      verb: "POST",
      path: `${one}/setDeletionProtection`,
      project,
      handler: (request) =>
        change(request, "setDeletionProtection", (instance) => {
          instance.deletionProtection = request.query.deletionProtection !== "false";
        }),
    },
    {
      id: "compute.instances.getGuestAttributes",
      verb: "GET",
      path: `${one}/getGuestAttributes`,
      project,
      handler: (request) => {
        if (metadataOf(find(request))["enable-guest-attributes"]?.toUpperCase() !== "TRUE") {
          throw new GoogleError(412, "conditionNotMet", "Guest attributes endpoint access is disabled.");
        }
        const written = Object.entries(cloud.state.guestAttributes[pathOfInstance(request)] ?? {});
        const { variableKey, queryPath = "" } = request.query;
        const items = written
          .filter(([path]) => (variableKey ? path === variableKey : path.startsWith(queryPath)))
          .map(([path, value]) => {
            const slash = path.indexOf("/");
            return { namespace: path.slice(0, slash), key: path.slice(slash + 1), value };
          });
        if (!items.length) {
          throw notFound(`The resource '${variableKey ?? queryPath}' of type 'Guest Attribute' was not found.`);
        }
        return {
          kind: "compute#guestAttributes",
          ...(variableKey ? { variableKey, variableValue: items[0].value } : { queryPath, queryValue: { items } }),
        };
      },
    },
  ];
}
