import { Cloud } from "../shared-by-apis";
import { GoogleError, invalid, notFound, required } from "../google-error";
import { ApiRequest, Method } from "../api-routes";
import { Resource } from "../google-state";
import { regions } from "./compute/catalog";
import { checkLabels } from "./labels";

/** Cloud Storage: buckets, their IAM policies, and as much of objects as emptying a bucket takes. */
export function storage(cloud: Cloud): Method[] {
  const find = ({ params }: ApiRequest): Resource => {
    const found = cloud.state.buckets[params.bucket];
    if (!found) throw notFound("The specified bucket does not exist.");
    return found;
  };
  const projectOfBucket = ({ params }: ApiRequest) => {
    const bucket = cloud.state.buckets[params.bucket];
    return bucket && cloud.project(bucket.projectNumber);
  };
  const projectOfQuery = ({ query }: ApiRequest) => cloud.project(query.project ?? "");

  return [
    {
      id: "storage.buckets.insert",
      verb: "POST",
      path: "/b",
      body: "storage.Bucket",
      project: projectOfQuery,
      handler: async (request) => {
        const { projectId, number } = projectOfQuery(request);
        const { body } = request;
        checkBucketName(body.name);
        checkBucket(body);
        if (cloud.state.buckets[body.name]) {
          const mine = cloud.state.buckets[body.name].projectNumber === number;
          throw new GoogleError(
            409,
            "conflict",
            mine
              ? "Your previous request to create the named bucket succeeded and you already own it."
              : "The requested bucket name is not available. The bucket namespace is shared by all users of the " +
                  "system. Please select a different name and try again.",
          );
        }
        const bucket = newBucket(body, number);
        await cloud.objects.bucketCreated(body.name);
        cloud.state.buckets[body.name] = bucket;
        cloud.policies.set(
          `b/${body.name}`,
          {
            bindings: [
              {
                role: "roles/storage.legacyBucketOwner",
                members: [`projectEditor:${projectId}`, `projectOwner:${projectId}`],
              },
              { role: "roles/storage.legacyBucketReader", members: [`projectViewer:${projectId}`] },
            ],
          },
          preconditionFailed,
        );
        return bucket;
      },
    },
    {
      id: "storage.buckets.list",
      verb: "GET",
      path: "/b",
      project: projectOfQuery,
      handler: (request) => {
        const { number } = projectOfQuery(request);
        const items = Object.values(cloud.state.buckets).filter(({ projectNumber }) => projectNumber === number);
        return { kind: "storage#buckets", ...(items.length ? { items } : {}) };
      },
    },
    {
      id: "storage.buckets.get",
      verb: "GET",
      path: "/b/:bucket",
      project: projectOfBucket,
      handler: (request) => find(request),
    },
    {
      id: "storage.buckets.patch",
      verb: "PATCH",
      path: "/b/:bucket",
      body: "storage.Bucket",
      project: projectOfBucket,
      handler: (request) => {
        const bucket = find(request);
        const patched = merge(bucket, request.sent) as Resource;
        checkBucket(patched);
        if (patched.location !== bucket.location) throw invalid("A bucket's location cannot change.");
        patched.metageneration = String(Number(bucket.metageneration) + 1);
        patched.updated = new Date().toISOString();
        patched.etag = etagOf(patched.metageneration);
        if (request.body.softDeletePolicy) patched.softDeletePolicy.effectiveTime = patched.updated;
        return (cloud.state.buckets[bucket.name] = patched);
      },
    },
    {
      id: "storage.buckets.delete",
      verb: "DELETE",
      path: "/b/:bucket",
      project: projectOfBucket,
      handler: async (request) => {
        const { name } = find(request);
        if ((await cloud.objects.list(name)).length) {
          throw new GoogleError(409, "conflict", "The bucket you tried to delete is not empty.");
        }
        await cloud.objects.bucketDeleted(name);
        delete cloud.state.buckets[name];
        cloud.policies.delete(`b/${name}`);
        return undefined;
      },
    },
    {
      id: "storage.buckets.getIamPolicy",
      verb: "GET",
      path: "/b/:bucket/iam",
      project: projectOfBucket,
      handler: (request) => policyAnswer(find(request).name, cloud),
    },
    {
      id: "storage.buckets.setIamPolicy",
      verb: "PUT",
      path: "/b/:bucket/iam",
      body: "storage.Policy",
      project: projectOfBucket,
      handler: (request) => {
        const { name, iamConfiguration } = find(request);
        const { etag, version, bindings } = request.body;
        const open = (bindings ?? []).some(({ members = [] }: Resource) =>
          members.some((member: string) => /^all(Authenticated)?Users$/.test(member)),
        );
        if (open && iamConfiguration.publicAccessPrevention === "enforced") {
          throw new GoogleError(
            412,
            "conditionNotMet",
            "One or more users named in the policy do not belong to a permitted customer, or public access " +
              "prevention is enforced.",
          );
        }
        cloud.policies.set(`b/${name}`, { etag, version, bindings }, preconditionFailed);
        return policyAnswer(name, cloud);
      },
    },
    {
      id: "storage.objects.list",
      verb: "GET",
      path: "/b/:bucket/o",
      project: projectOfBucket,
      handler: async (request) => {
        const { name } = find(request);
        const all = await cloud.objects.list(name);
        const pageSize = Number(request.query.maxResults ?? 1000);
        const from = Number(request.query.pageToken ?? 0);
        const shown = all.filter(({ live }) => live || request.query.versions === "true");
        const items = shown.slice(from, from + pageSize).map(({ name: object, generation, live }) => ({
          kind: "storage#object",
          id: `${name}/${object}/${generation}`,
          name: object,
          bucket: name,
          generation,
          ...(live ? {} : { timeDeleted: new Date().toISOString() }),
        }));
        const next = from + pageSize < shown.length ? { nextPageToken: String(from + pageSize) } : {};
        return { kind: "storage#objects", ...(items.length ? { items } : {}), ...next };
      },
    },
    {
      id: "storage.objects.delete",
      verb: "DELETE",
      path: "/b/:bucket/o/:object",
      project: projectOfBucket,
      handler: async (request) => {
        const { name } = find(request);
        const { object } = request.params;
        const versions = (await cloud.objects.list(name)).filter((version) => version.name === object);
        const { generation } = request.query;
        const version = generation ? versions.find((v) => v.generation === generation) : versions.find((v) => v.live);
        if (!version) throw notFound(`No such object: ${name}/${object}`);
        await cloud.objects.delete(name, object, version.generation);
        return undefined;
      },
    },
    {
      id: "storage.anywhereCaches.list",
      verb: "GET",
      path: "/b/:bucket/anywhereCaches",
      project: projectOfBucket,
      handler: () => ({ kind: "storage#anywhereCaches" }),
    },
  ];
}

function checkBucketName(name: string | undefined): void {
  if (!name) throw required("name");
  const valid =
    /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(name) &&
    name.split(".").every((part) => part.length >= 1 && part.length <= 63) &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !/^goog|g[o0]{2}gle/.test(name);
  if (!valid) throw invalid(`Invalid bucket name: '${name}'`);
}

function checkBucket(bucket: Resource): void {
  const location = bucket.location?.toLowerCase() ?? "us";
  if (![...regions, "us", "eu", "asia", "nam4", "eur4", "asia1"].includes(location)) {
    throw invalid(`The specified location constraint is not valid.`);
  }
  checkLabels(bucket.labels);
  const retention = Number(bucket.softDeletePolicy?.retentionDurationSeconds ?? 0);
  if (retention !== 0 && (retention < 604800 || retention > 7776000)) {
    throw invalid("Soft delete policy retention duration must be 0 or between 604800 and 7776000 seconds.");
  }
  if (bucket.hierarchicalNamespace?.enabled) {
    if (!bucket.iamConfiguration?.uniformBucketLevelAccess?.enabled) {
      throw invalid("Hierarchical namespace buckets must use uniform bucket-level access.");
    }
    if (bucket.versioning?.enabled) throw invalid("Hierarchical namespace buckets do not support object versioning.");
  }
  for (const { action, condition } of bucket.lifecycle?.rule ?? []) {
    if (!["Delete", "SetStorageClass", "AbortIncompleteMultipartUpload"].includes(action?.type)) {
      throw invalid(`Invalid lifecycle action '${action?.type}'.`);
    }
    if (!Object.keys(condition ?? {}).length) throw invalid("A lifecycle rule needs at least one condition.");
    const allowed = ["age", "matchesPrefix", "matchesSuffix"];
    if (action.type === "AbortIncompleteMultipartUpload" && Object.keys(condition).some((c) => !allowed.includes(c))) {
      throw invalid(`AbortIncompleteMultipartUpload supports only the conditions ${allowed.join(", ")}.`);
    }
  }
}

function newBucket(body: Resource, projectNumber: string): Resource {
  const now = new Date().toISOString();
  const location = (body.location ?? "US").toUpperCase();
  const region = regions.includes(location.toLowerCase());
  const uniform = body.iamConfiguration?.uniformBucketLevelAccess?.enabled ?? false;
  return {
    kind: "storage#bucket",
    storageClass: "STANDARD",
    ...body,
    selfLink: `https://www.googleapis.com/storage/v1/b/${body.name}`,
    id: body.name,
    projectNumber,
    generation: String(Date.now() * 1000),
    metageneration: "1",
    location,
    locationType: region ? "region" : "multi-region",
    ...(region ? {} : { rpo: "DEFAULT" }),
    etag: etagOf("1"),
    timeCreated: now,
    updated: now,
    softDeletePolicy: {
      retentionDurationSeconds: String(body.softDeletePolicy?.retentionDurationSeconds ?? 604800),
      effectiveTime: now,
    },
    iamConfiguration: {
      bucketPolicyOnly: { enabled: uniform },
      uniformBucketLevelAccess: { enabled: uniform, ...(uniform ? { lockedTime: lockedTime() } : {}) },
      publicAccessPrevention: body.iamConfiguration?.publicAccessPrevention ?? "inherited",
    },
    ...(body.lifecycle?.rule?.length ? {} : { lifecycle: undefined }),
  };
}

function policyAnswer(bucket: string, cloud: Cloud): object {
  return { kind: "storage#policy", resourceId: `projects/_/buckets/${bucket}`, ...cloud.policies.get(`b/${bucket}`) };
}

/** JSON merge patch: null removes. */
function merge(into: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== "object" || Array.isArray(patch)) return patch;
  const base = into && typeof into === "object" && !Array.isArray(into) ? { ...(into as Resource) } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete base[key];
    else base[key] = merge(base[key], value);
  }
  return base;
}

const etagOf = (metageneration: string) => Buffer.from([8, Number(metageneration) % 128]).toString("base64");
const lockedTime = () => new Date(Date.now() + 90 * 24 * 3600 * 1000).toISOString();
const preconditionFailed = () =>
  new GoogleError(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.", {
    domain: "global",
  });
