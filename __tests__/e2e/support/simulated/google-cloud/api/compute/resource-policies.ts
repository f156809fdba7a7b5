import { Cloud } from "../../shared-by-apis";
import { alreadyExists, GoogleError, required } from "../../google-error";
import { ApiRequest, Method } from "../../api-routes";
import { Resource } from "../../google-state";
import { checkLabels } from "../labels";
import { badValue, missing, regions, selfLink } from "./catalog";
import { startOperation } from "./compute-operations";

const base = "/projects/:project/regions/:region/resourcePolicies";
const one = `${base}/:policy`;

/** Schedules of snapshots. No snapshot is taken by them. */
export function resourcePolicyMethods(cloud: Cloud): Method[] {
  const project = ({ params }: ApiRequest) => cloud.project(params.project);
  const pathOfPolicy = ({ params }: ApiRequest, name = params.policy) =>
    `projects/${params.project}/regions/${params.region}/resourcePolicies/${name}`;
  const find = (request: ApiRequest): Resource => {
    const found = cloud.state.resourcePolicies[pathOfPolicy(request)];
    if (!found) throw missing(pathOfPolicy(request));
    return found;
  };

  return [
    {
      id: "compute.resourcePolicies.insert",
      verb: "POST",
      path: base,
      body: "compute.ResourcePolicy",
      project,
      handler: (request) => {
        const { body, params } = request;
        if (!regions.includes(params.region)) throw missing(`projects/${params.project}/regions/${params.region}`);
        if (!body.name) throw required("resource.name");
        checkSchedule(body);
        const path = pathOfPolicy(request, body.name);
        if (cloud.state.resourcePolicies[path]) throw alreadyExists(`The resource '${path}' already exists`);
        const policy: Resource = {
          kind: "compute#resourcePolicy",
          id: cloud.newId(),
          creationTimestamp: new Date().toISOString(),
          ...body,
          status: "READY",
          region: selfLink(`projects/${params.project}/regions/${params.region}`),
          selfLink: selfLink(path),
        };
        return startOperation(cloud, request, "insert", { path, id: policy.id }, async () => {
          cloud.state.resourcePolicies[path] = policy;
        });
      },
    },
    { id: "compute.resourcePolicies.get", verb: "GET", path: one, project, handler: find },
    {
      id: "compute.resourcePolicies.patch",
      verb: "PATCH",
      path: one,
      body: "compute.ResourcePolicy",
      project,
      handler: (request) => {
        const policy = find(request);
        checkSchedule(request.body);
        return startOperation(
          cloud,
          request,
          "update",
          { path: pathOfPolicy(request), id: policy.id },
          async () => void Object.assign(policy, request.body),
        );
      },
    },
    {
      id: "compute.resourcePolicies.delete",
      verb: "DELETE",
      path: one,
      project,
      handler: (request) => {
        const policy = find(request);
        const path = pathOfPolicy(request);
        const user = Object.entries(cloud.state.disks).find(([, { resourcePolicies = [] }]) =>
          resourcePolicies.includes(policy.selfLink),
        );
        if (user) {
          throw new GoogleError(
            400,
            "resourceInUseByAnotherResource",
            `The resource_policy resource '${path}' is already being used by '${user[0]}'`,
          );
        }
        return startOperation(cloud, request, "delete", { path, id: policy.id }, async () => {
          delete cloud.state.resourcePolicies[path];
        });
      },
    },
  ];
}

function checkSchedule({ snapshotSchedulePolicy }: Resource): void {
  if (!snapshotSchedulePolicy) return;
  const { schedule, retentionPolicy, snapshotProperties } = snapshotSchedulePolicy;
  const time = schedule?.dailySchedule?.startTime ?? "00:00";
  if (!/^\d\d:00$/.test(time)) {
    throw badValue("resource.snapshotSchedulePolicy.schedule.dailySchedule.startTime", time, "It must be a full hour.");
  }
  if (Number(retentionPolicy?.maxRetentionDays ?? 1) < 1) {
    throw badValue("resource.snapshotSchedulePolicy.retentionPolicy", retentionPolicy, "It must be a day at least.");
  }
  checkLabels(snapshotProperties?.labels);
}
