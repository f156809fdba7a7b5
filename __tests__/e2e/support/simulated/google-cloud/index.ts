import { AddressInfo } from "node:net";
import { artifactRegistry } from "./api/artifact-registry";
import { cloudBilling } from "./api/cloud-billing";
import { compute } from "./api/compute";
import { publishImage } from "./api/compute/public-images";
import { iam } from "./api/iam";
import { resourceManager } from "./api/resource-manager";
import { serviceUsage } from "./api/service-usage";
import { storage } from "./api/storage";
import { Call } from "./api-call";
import { Cloud } from "./shared-by-apis";
import { Faults } from "./google-faults";
import { Objects } from "./bucket-objects";
import { GoogleOptions } from "./google-options";
import { addApi } from "./api-routes";
import { newServer } from "./google-server";
import { State } from "./google-state";

export { Call } from "./api-call";
export { Fault, Faults } from "./google-faults";
export { Objects, ObjectsInMemory, ObjectVersion } from "./bucket-objects";
export { GoogleOptions, Hooks, newProjectApis, ProjectOptions } from "./google-options";
export { Instance, metadataOf, State } from "./google-state";

/** A simulated Google Cloud; see google-server.ts. */
export interface Google {
  readonly url: string;
  /** What makes Terraform's google provider talk to it. */
  readonly env: Record<string, string>;
  /** Every request so far, oldest first. */
  readonly requests: readonly Call[];
  readonly state: State;
  readonly faults: Faults;
  readonly objects: Objects;
  /** Whether a grant exists and works by now, like hasGrant("serviceAccount:…", "roles/…", "b/BUCKET"). */
  hasGrant(member: string, role: string, resource: string): boolean;
  /** What the VM wrote; `instance` is its full name, projects/P/zones/Z/instances/I. */
  setGuestAttribute(instance: string, namespace: string, key: string, value: string): void;
  /** A newer image of a family of public images. */
  publishImage(project: string, name: string, family: string): void;
  /** Waits for the running operations. */
  settle(): Promise<void>;
  /** Ends it, after bringing running operations to their end. */
  close(): Promise<void>;
}

const apis = [
  { api: "compute.googleapis.com", prefix: "/compute/v1", methods: compute, env: ["COMPUTE"] },
  { api: "storage.googleapis.com", prefix: "/storage/v1", methods: storage, env: ["STORAGE"] },
  { api: "iam.googleapis.com", prefix: "/iam/v1", methods: iam, env: ["IAM"] },
  {
    api: "cloudresourcemanager.googleapis.com",
    prefix: "/cloudresourcemanager/v1",
    methods: resourceManager,
    env: ["RESOURCE_MANAGER", "CLOUD_RESOURCE_MANAGER"],
  },
  { api: "cloudbilling.googleapis.com", prefix: "/cloudbilling/v1", methods: cloudBilling, env: ["CLOUD_BILLING"] },
  { api: "serviceusage.googleapis.com", prefix: "/serviceusage/v1", methods: serviceUsage, env: ["SERVICE_USAGE"] },
  {
    api: "artifactregistry.googleapis.com",
    prefix: "/artifactregistry/v1",
    methods: artifactRegistry,
    env: ["ARTIFACT_REGISTRY"],
  },
];

export async function startGoogle(options: GoogleOptions): Promise<Google> {
  const cloud = new Cloud(options);
  const app = newServer(cloud);
  for (const { api, prefix, methods } of apis) addApi(app, cloud, api, prefix, methods(cloud));
  await app.listen({ host: "127.0.0.1", port: options.port ?? 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const endpoints = apis.flatMap(({ prefix, env }) =>
    env.map((name) => [`GOOGLE_${name}_CUSTOM_ENDPOINT`, `${url}${prefix}/`]),
  );
  return {
    url,
    env: { GOOGLE_OAUTH_ACCESS_TOKEN: "simulated", ...Object.fromEntries(endpoints) },
    requests: cloud.calls,
    state: cloud.state,
    faults: cloud.faults,
    objects: cloud.objects,
    hasGrant: (member, role, resource) => cloud.policies.hasGrant(member, role, resource),
    setGuestAttribute: (instance, namespace, key, value) => {
      (cloud.state.guestAttributes[instance] ??= {})[`${namespace}/${key}`] = value;
      cloud.save();
    },
    publishImage: (project, name, family) => {
      publishImage(cloud.state, project, name, family);
      cloud.save();
    },
    settle: () => cloud.operations.settle(),
    close: async () => {
      await cloud.operations.settle();
      cloud.save();
      await app.close();
    },
  };
}
