import { Cloud } from "./shared-by-apis";
import { GoogleError } from "./google-error";
import { Project } from "./google-state";

const titles: Record<string, string> = {
  "compute.googleapis.com": "Compute Engine API",
  "iam.googleapis.com": "Identity and Access Management (IAM) API",
  "cloudresourcemanager.googleapis.com": "Cloud Resource Manager API",
  "artifactregistry.googleapis.com": "Artifact Registry API",
  "serviceusage.googleapis.com": "Service Usage API",
  "storage.googleapis.com": "Cloud Storage API",
};

export function isEnabled(project: Project, api: string): boolean {
  return project.apis[api] !== undefined;
}

/** Throws what Google answers while an API is off, and for a while after it was enabled. */
export function requireApi(cloud: Cloud, project: Project, api: string): void {
  const enabledAt = project.apis[api];
  if (enabledAt !== undefined && Date.now() >= enabledAt + (enabledAt ? cloud.apiPropagationMs : 0)) return;
  const url = `https://console.developers.google.com/apis/api/${api}/overview?project=${project.number}`;
  throw new GoogleError(
    403,
    "accessNotConfigured",
    `${titles[api] ?? api} has not been used in project ${project.number} before or it is disabled. Enable it by ` +
      `visiting ${url} then retry. If you enabled this API recently, wait a few minutes for the action to propagate ` +
      `to our systems and retry.`,
    {
      domain: "usageLimits",
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.Help",
          links: [{ description: "Google developers console API activation", url }],
        },
        {
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          reason: "SERVICE_DISABLED",
          domain: "googleapis.com",
          metadata: { service: api, consumer: `projects/${project.number}` },
        },
      ],
    },
  );
}
