import { randomBytes } from "node:crypto";
import { Cloud } from "../shared-by-apis";
import { alreadyExists, invalid, notFound } from "../google-error";
import { ApiRequest, Method } from "../api-routes";
import { Resource } from "../google-state";

/** IAM: service accounts. */
export function iam(cloud: Cloud): Method[] {
  const project = ({ params }: ApiRequest) => (params.project === "-" ? undefined : cloud.project(params.project));
  const path = "/projects/:project/serviceAccounts";

  const find = ({ params }: ApiRequest): Resource => {
    const account = Object.values(cloud.state.serviceAccounts).find(
      ({ email, uniqueId, projectId }) =>
        (email === params.account || uniqueId === params.account) &&
        (params.project === "-" || projectId === params.project),
    );
    if (!account) throw notFound(`Unknown service account`);
    return account;
  };
  // createdAt is for the simulation only.
  const shown = (account: Resource) => ({ ...account, createdAt: undefined });

  return [
    {
      id: "iam.projects.serviceAccounts.create",
      verb: "POST",
      path,
      body: "iam.CreateServiceAccountRequest",
      project,
      handler: ({ params, body }) => {
        const { accountId = "", serviceAccount = {} } = body;
        if (accountId.length < 6 || accountId.length > 30) {
          throw invalid(`The account ID "${accountId}" does not have a length between 6 and 30.`);
        }
        if (!/^[a-z][-a-z0-9]*[a-z0-9]$/.test(accountId)) {
          throw invalid(`The account ID "${accountId}" must match the regular expression [a-z]([-a-z0-9]*[a-z0-9]).`);
        }
        const { displayName = "", description = "" } = serviceAccount;
        if (Buffer.byteLength(displayName) > 100) throw invalid("The display name must be at most 100 bytes.");
        if (Buffer.byteLength(description) > 256) throw invalid("The description must be at most 256 bytes.");
        const email = `${accountId}@${params.project}.iam.gserviceaccount.com`;
        const name = `projects/${params.project}/serviceAccounts/${email}`;
        if (cloud.state.serviceAccounts[name]) {
          throw alreadyExists(`Service account ${accountId} already exists within project projects/${params.project}.`);
        }
        cloud.state.serviceAccounts[name] = {
          name,
          projectId: params.project,
          uniqueId: cloud.newId(),
          email,
          ...(displayName ? { displayName } : {}),
          ...(description ? { description } : {}),
          etag: randomBytes(8).toString("base64"),
          oauth2ClientId: cloud.newId(),
          createdAt: Date.now(),
        };
        return shown(cloud.state.serviceAccounts[name]);
      },
    },
    {
      id: "iam.projects.serviceAccounts.list",
      verb: "GET",
      path,
      project,
      handler: ({ params }) => ({
        accounts: Object.values(cloud.state.serviceAccounts)
          .filter(({ projectId }) => projectId === params.project)
          .map(shown),
      }),
    },
    {
      id: "iam.projects.serviceAccounts.get",
      verb: "GET",
      path: `${path}/:account`,
      project,
      handler: (request) => shown(find(request)),
    },
    {
      id: "iam.projects.serviceAccounts.patch",
      verb: "PATCH",
      path: `${path}/:account`,
      body: "iam.PatchServiceAccountRequest",
      project,
      handler: (request) => {
        const account = find(request);
        const { updateMask = "", serviceAccount = {} } = request.body;
        for (const field of (updateMask as string).split(",")) {
          const key = field.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase());
          if (!["displayName", "description"].includes(key)) throw invalid(`Field ${field} cannot be updated.`);
          account[key] = serviceAccount[key] ?? "";
        }
        return shown(account);
      },
    },
    {
      id: "iam.projects.serviceAccounts.delete",
      verb: "DELETE",
      path: `${path}/:account`,
      project,
      handler: (request) => {
        const account = find(request);
        delete cloud.state.serviceAccounts[account.name];
        cloud.policies.accountDeleted(account.email, account.uniqueId);
        return {};
      },
    },
  ];
}
