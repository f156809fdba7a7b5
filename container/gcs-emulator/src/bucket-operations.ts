import type { Handler } from "./exchange";
import { listObjects } from "./listing";

const location = { location: "US-EAST1", locationType: "region" };

export const getBucket: Handler = ({ bucket }) => ({
  kind: "storage#bucket",
  id: bucket.name,
  name: bucket.name,
  ...location,
  storageClass: "STANDARD",
  metageneration: "1",
  iamConfiguration: { uniformBucketLevelAccess: { enabled: true } },
});

/** A flat bucket: hierarchical ones need the gRPC control API, which is not simulated. */
export const getStorageLayout: Handler = ({ bucket }) => ({
  kind: "storage#storageLayout",
  bucket: bucket.name,
  ...location,
  hierarchicalNamespace: { enabled: false },
});

export const list: Handler = ({ bucket, operation, origin }) =>
  listObjects(origin, bucket.name, bucket.store, operation.query);
