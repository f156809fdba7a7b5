import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { BucketSpec } from "../props/bucket-options";

const DAY_SECONDS = 24 * 60 * 60;

export interface AppBucketProps {
  readonly project: string;
  readonly region: string;
  readonly labels: { [key: string]: string };
  readonly bucket: BucketSpec;
  readonly dependsOn: ITerraformDependable[];
}

/** Creates the app's bucket: private, versioned, and never removed while it has files. */
export function createBucket(scope: Construct, id: string, props: AppBucketProps): StorageBucket {
  const { bucket } = props;
  return new StorageBucket(scope, id, {
    project: props.project,
    name: bucket.name,
    location: bucket.location ?? props.region,
    storageClass: bucket.storageClass,
    labels: props.labels,
    uniformBucketLevelAccess: true,
    publicAccessPrevention: "enforced",
    hierarchicalNamespace: bucket.hierarchicalNamespace ? { enabled: true } : undefined,
    versioning: { enabled: bucket.versioning },
    softDeletePolicy: { retentionDurationSeconds: bucket.softDeleteRetentionDays * DAY_SECONDS },
    lifecycleRule: lifecycleRules(bucket),
    forceDestroy: bucket.deleteDataOnDestroy,
    dependsOn: props.dependsOn,
    // If the app moves to another region, its bucket and its files stay where they are.
    lifecycle: bucket.location === undefined ? { ignoreChanges: ["location"] } : undefined,
  });
}

/** Grants the app's service account the objects of a bucket, and nothing else of it. */
export function grantObjects(
  scope: Construct,
  id: string,
  props: { bucket: string; member: string; readOnly: boolean; dependsOn: ITerraformDependable[] },
): StorageBucketIamMember {
  return new StorageBucketIamMember(scope, id, {
    bucket: props.bucket,
    role: props.readOnly ? "roles/storage.objectViewer" : "roles/storage.objectUser",
    member: props.member,
    dependsOn: props.dependsOn,
  });
}

function lifecycleRules({ versioning, noncurrentVersionRetentionDays }: BucketSpec) {
  const noncurrentVersions = {
    action: { type: "Delete" },
    condition: { daysSinceNoncurrentTime: noncurrentVersionRetentionDays, withState: "ARCHIVED" },
  };
  const staleUploads = { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } };
  return versioning ? [noncurrentVersions, staleUploads] : [staleUploads];
}
