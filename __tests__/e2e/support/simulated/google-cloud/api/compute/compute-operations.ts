import { Cloud } from "../../shared-by-apis";
import { ApiRequest, Method } from "../../api-routes";
import { missing, selfLink } from "./catalog";

type Scope = { zone: string } | { region: string } | undefined;

/** Starts an operation on a Compute resource and answers it as the API does. */
export async function startOperation(
  cloud: Cloud,
  request: ApiRequest,
  operationType: string,
  target: { path: string; id: string },
  effect: () => Promise<void>,
  failed?: () => void,
): Promise<object> {
  const { project, zone, region } = request.params;
  const scope: Scope = zone ? { zone } : region ? { region } : undefined;
  const about = { id: cloud.newId(), project, scope, operationType, target };
  const operation = await cloud.operations.start(
    about,
    async () => {
      try {
        await effect();
      } catch (error) {
        failed?.();
        throw error;
      }
    },
    request.fault,
  );
  if (request.fault?.operationError) failed?.();
  return answer(cloud, operation.name);
}

/** compute.zoneOperations, regionOperations, globalOperations. */
export function operationMethods(cloud: Cloud): Method[] {
  const scopes = [
    ["zoneOperations", "/projects/:project/zones/:zone"],
    ["regionOperations", "/projects/:project/regions/:region"],
    ["globalOperations", "/projects/:project/global"],
  ];
  return scopes.flatMap(([name, path]): Method[] => [
    {
      id: `compute.${name}.get`,
      verb: "GET",
      path: `${path}/operations/:operation`,
      handler: ({ params }) => answer(cloud, params.operation),
    },
    {
      id: `compute.${name}.wait`,
      verb: "POST",
      path: `${path}/operations/:operation/wait`,
      handler: ({ params }) => answer(cloud, params.operation),
    },
  ]);
}

function answer(cloud: Cloud, name: string): object {
  // The provider asks by id when it wants to be sure that a delete was done.
  const operation = cloud.operations.get(name) ?? cloud.operations.find(({ about }) => about.id === name);
  if (!operation) throw missing(`operations/${name}`);
  const { project, scope, operationType, target, id } = operation.about as {
    project: string;
    scope: Scope;
    operationType: string;
    target: { path: string; id: string };
    id: string;
  };
  const place = scope ? ("zone" in scope ? `zones/${scope.zone}` : `regions/${scope.region}`) : "global";
  const at = new Date(operation.startedAt).toISOString();
  return {
    kind: "compute#operation",
    id,
    name: operation.name,
    ...(scope ? { ["zone" in scope ? "zone" : "region"]: selfLink(`projects/${project}/${place}`) } : {}),
    operationType,
    targetLink: selfLink(target.path),
    targetId: target.id,
    status: operation.done ? "DONE" : "RUNNING",
    user: "deployer@example.com",
    progress: operation.done ? 100 : 0,
    insertTime: at,
    startTime: at,
    ...(operation.done ? { endTime: new Date().toISOString() } : {}),
    ...(operation.error
      ? {
          error: { errors: [operation.error] },
          httpErrorStatusCode: 400,
          httpErrorMessage: "BAD REQUEST",
        }
      : {}),
    selfLink: selfLink(`projects/${project}/${place}/operations/${operation.name}`),
  };
}
