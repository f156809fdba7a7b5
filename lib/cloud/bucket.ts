import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { StorageBucketIamMember } from "@cdktf/provider-google/lib/storage-bucket-iam-member";
import { Fn, ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { BucketOptions } from "../props/bucket-options";
import { checkBucketName } from "../props/gcs-mount";
import { invalidInput, requireInteger, requireMatch, requireOneOf } from "../checks/invalid-input";

const DAY = 24 * 60 * 60;

const STORAGE_CLASSES = ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"];

/** Cloud Storage takes 7 to 90 days, or none. */
const SOFT_DELETE_DAYS = { min: 7, max: 90 };

export interface AppBucketProps {
  readonly name: string;
  readonly project: string;
  readonly region: string;
  readonly labels: { [key: string]: string };
  readonly options: BucketOptions;
  readonly dependsOn: ITerraformDependable[];
}

/** The bucket that is made for an app: private, versioned, and never removed while it has files. */
export function makeBucket(scope: Construct, id: string, props: AppBucketProps): StorageBucket {
  const { options } = props;
  checkOptions(options);
  const hierarchical = options.hierarchicalNamespace ?? false;
  const versioning = options.versioning ?? !hierarchical;
  if (hierarchical && versioning) {
    throw invalidInput(
      "versioning",
      true,
      "a bucket with hierarchicalNamespace keeps no versions: leave one of the two out",
    );
  }
  return new StorageBucket(scope, id, {
    project: props.project,
    name: options.name ?? defaultBucketName(props.project, props.name),
    location: options.location ?? props.region,
    storageClass: options.storageClass,
    labels: props.labels,
    uniformBucketLevelAccess: true,
    publicAccessPrevention: "enforced",
    hierarchicalNamespace: hierarchical ? { enabled: true } : undefined,
    versioning: { enabled: versioning },
    softDeletePolicy: { retentionDurationSeconds: softDeleteDays(options) * DAY },
    lifecycleRule: lifecycleRules(options, versioning),
    forceDestroy: options.deleteDataOnDestroy ?? false,
    dependsOn: props.dependsOn,
    // An app that moves to another region keeps its bucket and its files where they are.
    lifecycle: options.location === undefined ? { ignoreChanges: ["location"] } : undefined,
  });
}

function checkOptions({ name, location, storageClass }: BucketOptions): void {
  if (name !== undefined) {
    checkBucketName(name);
  }
  if (location !== undefined) {
    requireMatch(
      "bucket location",
      location,
      /^[A-Za-z]+(-[A-Za-z]+[1-9][0-9]?)?$|^[A-Za-z]+[1-9][0-9]?$/,
      'use a region such as "us-east1", a dual-region such as "NAM4", or a multi-region such as "EU"',
    );
  }
  if (storageClass !== undefined) {
    requireOneOf("storageClass", storageClass, STORAGE_CLASSES);
  }
}

/** Lets the app's service account at the objects of a bucket, and at nothing else of it. */
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

function softDeleteDays({ softDeleteRetention = 7 }: BucketOptions): number {
  if (softDeleteRetention !== 0) {
    requireInteger("softDeleteRetention", softDeleteRetention, SOFT_DELETE_DAYS.min, SOFT_DELETE_DAYS.max);
  }
  return softDeleteRetention;
}

function lifecycleRules({ noncurrentVersionRetention = 30 }: BucketOptions, versioning: boolean) {
  if (!Token.isUnresolved(noncurrentVersionRetention)) {
    requireInteger("noncurrentVersionRetention", noncurrentVersionRetention, 1, 36500);
  }
  const oldVersions = {
    action: { type: "Delete" },
    condition: { daysSinceNoncurrentTime: noncurrentVersionRetention, withState: "ARCHIVED" },
  };
  const staleUploads = { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } };
  return versioning ? [oldVersions, staleUploads] : [staleUploads];
}

/**
 * Project ids are unique in the world and so are bucket names: together with the app's name it is a name that nobody else
 * has. The dots and the colon of a domain-scoped project are left out, since a dot asks for a verified domain.
 *
 * @throws if the name would not be a bucket's
 */
function defaultBucketName(project: string, name: string): string {
  const plain = Token.isUnresolved(project)
    ? Fn.replace(Fn.replace(project, ":", "-"), ".", "-")
    : project.replace(/[:.]/g, "-");
  const bucket = `${plain}-${name}`;
  if (!Token.isUnresolved(bucket) && bucket.length > 63) {
    throw invalidInput(
      "bucket",
      bucket,
      "it is longer than 63 characters: give a shorter name, or the bucket's own name with bucketOptions.name",
    );
  }
  checkBucketName(bucket);
  return bucket;
}
