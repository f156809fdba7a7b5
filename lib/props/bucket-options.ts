/** The bucket that is made for an app. */
export interface BucketOptions {
  /**
   * The bucket's name. It cannot be changed later without another bucket.
   *
   * @default - the project's id and the app's name, joined by "-"
   * @see https://cloud.google.com/storage/docs/buckets#naming
   */
  readonly name?: string;

  /**
   * Where the files are kept.
   *
   * @default - the region of the app's zone
   * @see https://cloud.google.com/storage/docs/locations
   */
  readonly location?: string;

  /**
   * The storage class of new files.
   *
   * @default "STANDARD"
   * @see https://cloud.google.com/storage/docs/storage-classes
   */
  readonly storageClass?: string;

  /**
   * Keeps what was overwritten or deleted as noncurrent versions.
   *
   * @default true - false with `hierarchicalNamespace`, which excludes it
   */
  readonly versioning?: boolean;

  /**
   * Days after which a noncurrent version is deleted, from 1.
   *
   * @default 30
   */
  readonly noncurrentVersionRetention?: number;

  /**
   * Days for which deleted objects can be restored, 7 to 90, or 0 for none.
   *
   * @default 7
   * @see https://cloud.google.com/storage/docs/soft-delete
   */
  readonly softDeleteRetention?: number;

  /**
   * Gives the bucket real folders, whose renaming is atomic and fast. It can only be chosen when the bucket is made.
   *
   * @default false
   * @see https://cloud.google.com/storage/docs/hns-overview
   */
  readonly hierarchicalNamespace?: boolean;

  /**
   * Deletes every file, old versions included, when the app is destroyed. It must be deployed before the destroy.
   *
   * @default false - a bucket with files makes `destroy` fail, and stays
   */
  readonly deleteDataOnDestroy?: boolean;
}
