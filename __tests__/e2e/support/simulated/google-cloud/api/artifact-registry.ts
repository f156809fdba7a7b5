import { randomUUID } from "node:crypto";
import { Cloud } from "../shared-by-apis";
import { alreadyExists, invalid, notFound } from "../google-error";
import { ApiRequest, Method } from "../api-routes";
import { Resource } from "../google-state";
import { checkLabels } from "./labels";
import { regions } from "./compute/catalog";
import { concurrentChanges } from "./resource-manager";

/** Artifact Registry: Docker repositories and their IAM policies. The images live in the test's registry. */
export function artifactRegistry(cloud: Cloud): Method[] {
  const project = ({ params }: ApiRequest) => cloud.project(params.project);
  const parent = "/projects/:project/locations/:location";

  const nameOf = ({ params }: ApiRequest, id = params.repository) =>
    `projects/${params.project}/locations/${params.location}/repositories/${id}`;
  const find = (request: ApiRequest): Resource => {
    const found = cloud.state.repositories[nameOf(request)];
    if (!found) throw notFound("Requested entity was not found.");
    return found;
  };
  const start = async (request: ApiRequest, effect: () => Promise<object | undefined | void>) => {
    const prefix = `projects/${request.params.project}/locations/${request.params.location}/operations/`;
    const { name } = await cloud.operations.start({ prefix }, effect, request.fault, randomUUID());
    return answer(name);
  };
  const answer = (name: string) => {
    const operation = cloud.operations.get(name);
    if (!operation) throw notFound(`Operation ${name} not found.`);
    const { about, done, error, response } = operation;
    return {
      name: `${about.prefix}${name}`,
      metadata: { "@type": "type.googleapis.com/google.devtools.artifactregistry.v1.OperationMetadata" },
      ...(done ? { done } : {}),
      ...(error ? { error: { code: 13, message: error.message } } : done ? { response: response ?? {} } : {}),
    };
  };

  return [
    {
      id: "artifactregistry.projects.locations.repositories.create",
      verb: "POST",
      path: `${parent}/repositories`,
      body: "artifactregistry.Repository",
      project,
      handler: (request) => {
        const { body, params } = request;
        const id = request.query.repository_id ?? request.query.repositoryId ?? "";
        if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(id)) throw invalid(`Invalid repository ID "${id}".`);
        if (!regions.includes(params.location) && !["us", "europe", "asia"].includes(params.location)) {
          throw invalid(`Location ${params.location} is not found or access is unauthorized.`);
        }
        if (!body.format) throw invalid("Repository format is required.");
        checkLabels(body.labels);
        const name = nameOf(request, id);
        if (cloud.state.repositories[name]) throw alreadyExists("the repository already exists");
        return start(request, async () => {
          const now = new Date().toISOString();
          return (cloud.state.repositories[name] = {
            mode: "STANDARD_REPOSITORY",
            ...body,
            name,
            createTime: now,
            updateTime: now,
            vulnerabilityScanningConfig: {
              enablementState: "SCANNING_DISABLED",
              enablementStateReason: "API containerscanning.googleapis.com is not enabled.",
              ...body.vulnerabilityScanningConfig,
            },
            registryUri: `${params.location}-docker.pkg.dev/${params.project}/${id}`,
          });
        });
      },
    },
    {
      id: "artifactregistry.projects.locations.repositories.list",
      verb: "GET",
      path: `${parent}/repositories`,
      project,
      handler: (request) => ({
        repositories: Object.values(cloud.state.repositories).filter(({ name }) =>
          name.startsWith(nameOf(request, "")),
        ),
      }),
    },
    {
      id: "artifactregistry.projects.locations.repositories.get",
      verb: "GET",
      path: `${parent}/repositories/:repository`,
      project,
      handler: (request) => find(request),
    },
    {
      id: "artifactregistry.projects.locations.repositories.patch",
      verb: "PATCH",
      path: `${parent}/repositories/:repository`,
      body: "artifactregistry.Repository",
      project,
      handler: (request) => {
        const repository = find(request);
        checkLabels(request.body.labels);
        for (const field of (request.query.updateMask ?? "").split(",").filter(Boolean)) {
          repository[field] = request.body[field];
        }
        repository.updateTime = new Date().toISOString();
        return repository;
      },
    },
    {
      id: "artifactregistry.projects.locations.repositories.delete",
      verb: "DELETE",
      path: `${parent}/repositories/:repository`,
      project,
      handler: (request) => {
        const { name } = find(request);
        return start(request, async () => {
          delete cloud.state.repositories[name];
          cloud.policies.delete(name);
        });
      },
    },
    {
      id: "artifactregistry.projects.locations.repositories.getIamPolicy",
      verb: "GET",
      path: `${parent}/repositories/:repository/~getIamPolicy`,
      project,
      handler: (request) => cloud.policies.get(find(request).name),
    },
    {
      id: "artifactregistry.projects.locations.repositories.setIamPolicy",
      verb: "POST",
      path: `${parent}/repositories/:repository/~setIamPolicy`,
      body: "artifactregistry.SetIamPolicyRequest",
      project,
      handler: (request) => cloud.policies.set(find(request).name, request.body.policy ?? {}, concurrentChanges),
    },
    {
      id: "artifactregistry.projects.locations.operations.get",
      verb: "GET",
      path: `${parent}/operations/:operation`,
      handler: ({ params }) => answer(params.operation),
    },
  ];
}
