import { randomUUID } from "node:crypto";
import { Cloud } from "../shared-by-apis";
import { GoogleError, invalid, notFound } from "../google-error";
import { isEnabled } from "../enabled-apis";
import { Fault } from "../google-faults";
import { Operation } from "../long-running-operations";
import { ApiRequest, Method } from "../api-routes";
import { Project } from "../google-state";

/** Switching on some APIs switches on others. */
const dependencies: Record<string, string[]> = {
  "compute.googleapis.com": ["oslogin.googleapis.com"],
  "iam.googleapis.com": ["iamcredentials.googleapis.com"],
};

/** Service Usage: which APIs a project has, and switching them on and off. */
export function serviceUsage(cloud: Cloud): Method[] {
  const project = ({ params }: ApiRequest) => cloud.project(params.project);

  const service = (of: Project, name: string) => ({
    name: `projects/${of.number}/services/${name}`,
    config: { name },
    state: isEnabled(of, name) ? "ENABLED" : "DISABLED",
    parent: `projects/${of.number}`,
  });

  const enable = async (of: Project, names: string[], fault?: Fault) => {
    for (const name of names) {
      if (!/^[a-z0-9-]+\.googleapis\.com$/.test(name)) {
        throw new GoogleError(403, "forbidden", `Not found or permission denied for service(s): ${name}.`);
      }
    }
    if (names.every((name) => isEnabled(of, name))) {
      return { name: "operations/noop.DONE_OPERATION", done: true, response: {} };
    }
    const operation = await cloud.operations.start(
      {},
      async () => {
        for (const name of names.flatMap((n) => [n, ...(dependencies[n] ?? [])])) of.apis[name] ??= Date.now();
        return { services: names.map((name) => service(of, name)) };
      },
      fault,
      `acf.p2-${of.number}-${randomUUID()}`,
    );
    return answer(operation);
  };

  const answer = ({ name, done, error, response }: Operation) => ({
    name: `operations/${name}`,
    ...(done ? { done } : {}),
    ...(error ? { error: { code: 13, message: error.message } } : done ? { response } : {}),
  });

  return [
    {
      id: "serviceusage.services.list",
      verb: "GET",
      path: "/projects/:project/services",
      project,
      handler: (request) => {
        const { filter = "" } = request.query;
        const of = project(request);
        if (filter && !/^state:(ENABLED|DISABLED)$/.test(filter)) throw invalid(`Invalid filter: ${filter}`);
        const names = filter === "state:DISABLED" ? [] : Object.keys(of.apis);
        return { services: names.map((name) => service(of, name)) };
      },
    },
    {
      id: "serviceusage.services.get",
      verb: "GET",
      path: "/projects/:project/services/:service",
      project,
      handler: (request) => service(project(request), request.params.service),
    },
    {
      id: "serviceusage.services.batchGet",
      verb: "GET",
      path: "/projects/:project/services/~batchGet",
      project,
      handler: (request) => {
        const names = [request.query.names ?? []].flat();
        if (names.length > 30) throw invalid("Cannot get more than 30 services at once.");
        return { services: names.map((name) => service(project(request), name.split("/").pop()!)) };
      },
    },
    {
      id: "serviceusage.services.enable",
      verb: "POST",
      path: "/projects/:project/services/:service/~enable",
      body: "serviceusage.EnableServiceRequest",
      project,
      handler: (request) => enable(project(request), [request.params.service], request.fault),
    },
    {
      id: "serviceusage.services.batchEnable",
      verb: "POST",
      path: "/projects/:project/services/~batchEnable",
      body: "serviceusage.BatchEnableServicesRequest",
      project,
      handler: (request) => {
        const ids: string[] = request.body.serviceIds ?? [];
        if (ids.length < 2) throw invalid("Request contains an invalid argument.");
        if (ids.length > 20) throw invalid("Cannot enable more than 20 services at once.");
        return enable(project(request), ids, request.fault);
      },
    },
    {
      id: "serviceusage.services.disable",
      verb: "POST",
      path: "/projects/:project/services/:service/~disable",
      body: "serviceusage.DisableServiceRequest",
      project,
      handler: async (request) => {
        const of = project(request);
        return answer(
          await cloud.operations.start(
            {},
            async () => {
              delete of.apis[request.params.service];
              return { service: service(of, request.params.service) };
            },
            request.fault,
          ),
        );
      },
    },
    {
      id: "serviceusage.operations.get",
      verb: "GET",
      path: "/operations/:operation",
      handler: ({ params }) => {
        const operation = cloud.operations.get(params.operation);
        if (!operation) throw notFound(`Operation ${params.operation} not found.`);
        return answer(operation);
      },
    },
  ];
}
