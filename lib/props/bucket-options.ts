import { Fn, Token } from "cdktf";
import { invalidInput, requireInteger, requireOneOf } from "../checks/invalid-input";
import { checkBucketLocation } from "../checks/location";
import { checkBucketName } from "../checks/naming";
import { checkShape, Shape } from "../checks/shape";
import { asArgument } from "../terraform/template-text";

/** A storage class. */
export enum StorageClass {
  /** For files that are read often. */
  STANDARD = "STANDARD",
  /** For files that are read about once a month; billed for 30 days at least. */
  NEARLINE = "NEARLINE",
  /** For files that are read about once a quarter; billed for 90 days at least. */
  COLDLINE = "COLDLINE",
  /** For files that are read less than once a year; billed for 365 days at least. */
  ARCHIVE = "ARCHIVE",
}

/** The bucket that is created for an app. */
export interface BucketOptions {
  /**
   * The bucket's name. Another name is another bucket: the files stay in the one before.
   *
   * @default - the project's id and the app's name, joined by "-"
   * @throws if it is not a valid bucket name
   * @see https://cloud.google.com/storage/docs/buckets#naming
   */
  readonly name?: string;

  /**
   * The location of the bucket: a region, a dual-region or a multi-region.
   *
   * @default - the region of the app's zone
   * @throws if it does not have the form of a location
   * @see https://cloud.google.com/storage/docs/locations
   */
  readonly location?: string;

  /**
   * The storage class of new files.
   *
   * @default StorageClass.STANDARD
   * @see https://cloud.google.com/storage/docs/storage-classes
   */
  readonly storageClass?: StorageClass;

  /**
   * Whether overwritten and deleted files are kept as noncurrent versions.
   *
   * @default true - false with `hierarchicalNamespace`, which excludes it
   * @throws if it is true with `hierarchicalNamespace`
   * @see https://cloud.google.com/storage/docs/object-versioning
   */
  readonly versioning?: boolean;

  /**
   * Days after which a noncurrent version is deleted, 1 to 36500.
   *
   * @default 30
   * @throws if it is out of range, or if `versioning` is off
   */
  readonly noncurrentVersionRetentionDays?: number;

  /**
   * Days for which deleted objects can be restored, 7 to 90, or 0 for none.
   *
   * @default 7
   * @throws if it is out of range
   * @see https://cloud.google.com/storage/docs/soft-delete
   */
  readonly softDeleteRetentionDays?: number;

  /**
   * Whether the bucket has real folders, whose renaming is atomic and fast. Changing it replaces the bucket, which
   * fails while it has files.
   *
   * @default false
   * @see https://cloud.google.com/storage/docs/hns-overview
   */
  readonly hierarchicalNamespace?: boolean;

  /**
   * Whether every file, old versions included, is deleted when the app is destroyed. Takes effect only once deployed,
   * so deploy it before `destroy`.
   *
   * @default false - `destroy` fails on a bucket with files, which stays
   */
  readonly deleteDataOnDestroy?: boolean;
}

const SHAPE: Shape<BucketOptions> = {
  name: "string?",
  location: "string?",
  storageClass: "string?",
  versioning: "boolean?",
  noncurrentVersionRetentionDays: "number?",
  softDeleteRetentionDays: "number?",
  hierarchicalNamespace: "boolean?",
  deleteDataOnDestroy: "boolean?",
};

/** The limits in days; 0 turns it off: https://cloud.google.com/storage/docs/soft-delete */
const SOFT_DELETE_DAYS = { min: 7, max: 90 };

/** The bucket to create, checked and complete. */
export interface BucketSpec {
  readonly name: string;
  /** The location; undefined for the region of the app. */
  readonly location?: string;
  readonly storageClass?: string;
  readonly versioning: boolean;
  readonly noncurrentVersionRetentionDays: number;
  readonly softDeleteRetentionDays: number;
  readonly hierarchicalNamespace: boolean;
  readonly deleteDataOnDestroy: boolean;
}

/** @throws if an option is not valid, or if options contradict each other */
export function resolveBucket(options: BucketOptions, app: { project: string; name: string }): BucketSpec {
  checkShape("bucketOptions", options, SHAPE, { example: '{ location: "EU" }' });
  const { name, location, storageClass, hierarchicalNamespace = false } = options;
  if (location !== undefined) {
    checkBucketLocation(location);
  }
  if (storageClass !== undefined) {
    requireOneOf("bucketOptions.storageClass", storageClass, Object.values(StorageClass));
  }
  if (name !== undefined) {
    checkBucketName("bucketOptions.name", name);
  }
  return {
    name: name ?? defaultBucketName(app.project, app.name),
    location,
    storageClass,
    ...resolveRetention(options),
    hierarchicalNamespace,
    deleteDataOnDestroy: options.deleteDataOnDestroy ?? false,
  };
}

function resolveRetention(options: BucketOptions) {
  const { hierarchicalNamespace = false, noncurrentVersionRetentionDays = 30, softDeleteRetentionDays = 7 } = options;
  const versioning = options.versioning ?? !hierarchicalNamespace;
  if (hierarchicalNamespace && versioning) {
    throw invalidInput(
      "bucketOptions.versioning",
      true,
      "a bucket with hierarchicalNamespace keeps no versions: leave one of the two out",
    );
  }
  if (!Token.isUnresolved(noncurrentVersionRetentionDays)) {
    requireInteger("bucketOptions.noncurrentVersionRetentionDays", noncurrentVersionRetentionDays, 1, 36500);
  }
  if (!versioning && options.noncurrentVersionRetentionDays !== undefined) {
    throw invalidInput(
      "bucketOptions.noncurrentVersionRetentionDays",
      noncurrentVersionRetentionDays,
      "the bucket keeps no versions: leave it out, or turn versioning on",
    );
  }
  if (softDeleteRetentionDays !== 0) {
    requireInteger(
      "bucketOptions.softDeleteRetentionDays",
      softDeleteRetentionDays,
      SOFT_DELETE_DAYS.min,
      SOFT_DELETE_DAYS.max,
    );
  }
  return { versioning, noncurrentVersionRetentionDays, softDeleteRetentionDays };
}

/**
 * `PROJECT-APP`. Bucket names are global, and project ids are unique. The dots and the colon of a domain-scoped project
 * become hyphens, since a bucket name with a dot needs a verified domain.
 *
 * @throws if it is not a valid bucket name, for example because it is too long
 */
function defaultBucketName(project: string, name: string): string {
  const plain = Token.isUnresolved(project)
    ? Fn.replace(Fn.replace(asArgument(project), ":", "-"), ".", "-")
    : project.replace(/[:.]/g, "-");
  const bucket = `${plain}-${name}`;
  if (!Token.isUnresolved(bucket) && bucket.length > 63) {
    throw invalidInput(
      "bucket",
      bucket,
      "it is longer than 63 characters: give a shorter name, or the bucket's own name with bucketOptions.name",
    );
  }
  checkBucketName("bucket", bucket);
  return bucket;
}
