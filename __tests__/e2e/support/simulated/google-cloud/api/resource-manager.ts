import { Cloud } from "../shared-by-apis";
import { GoogleError } from "../google-error";
import { ApiRequest, Method } from "../api-routes";

/** Resource Manager: projects and their IAM policies. */
export function resourceManager(cloud: Cloud): Method[] {
  const project = ({ params }: ApiRequest) => cloud.project(params.project);
  const resource = (request: ApiRequest) => `projects/${project(request).projectId}`;

  return [
    {
      id: "cloudresourcemanager.projects.get",
      verb: "GET",
      path: "/projects/:project",
      project,
      handler: (request) => {
        const { projectId, number } = project(request);
        return {
          projectNumber: number,
          projectId,
          lifecycleState: "ACTIVE",
          name: projectId,
          createTime: "2026-01-05T08:00:00.000Z",
        };
      },
    },
    {
      id: "cloudresourcemanager.projects.getIamPolicy",
      verb: "POST",
      path: "/projects/:project/~getIamPolicy",
      body: "cloudresourcemanager.GetIamPolicyRequest",
      project,
      handler: (request) => cloud.policies.get(resource(request)),
    },
    {
      id: "cloudresourcemanager.projects.setIamPolicy",
      verb: "POST",
      path: "/projects/:project/~setIamPolicy",
      body: "cloudresourcemanager.SetIamPolicyRequest",
      project,
      handler: (request) => cloud.policies.set(resource(request), request.body.policy ?? {}, concurrentChanges),
    },
  ];
}

export function concurrentChanges(mine: string, given: string): GoogleError {
  return new GoogleError(
    409,
    "aborted",
    "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. " +
      `The request's ETag '${given}' did not match the current policy's ETag '${mine}'.`,
    { status: "ABORTED" },
  );
}
