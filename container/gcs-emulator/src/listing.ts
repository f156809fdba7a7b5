import type { BucketStore } from "./bucket-store";
import { objectResource } from "./stored-object";

/** One entry of a listing: an object, a common prefix, or (a folder's placeholder object) both. */
interface Entry {
  readonly key: string;
  readonly isObject: boolean;
  readonly isPrefix: boolean;
}

const largestPage = 1000;

/** One page of `objects.list`. */
export function listObjects(origin: string, bucketName: string, bucket: BucketStore, query: URLSearchParams): object {
  const pageSize = Math.min(Number(query.get("maxResults")) || largestPage, largestPage);
  const token = Buffer.from(query.get("pageToken") ?? "", "base64url").toString();
  const remaining = entries(bucket, query).filter(({ key }) => !token || isBefore(token, key));
  const page = remaining.slice(0, pageSize);
  const items = page
    .filter(({ isObject }) => isObject)
    .map(({ key }) => objectResource(origin, bucketName, bucket.get(key)!));
  const prefixes = page.filter(({ isPrefix }) => isPrefix).map(({ key }) => key);
  return {
    kind: "storage#objects",
    ...(items.length > 0 && { items }),
    ...(prefixes.length > 0 && { prefixes }),
    ...(remaining.length > page.length && { nextPageToken: Buffer.from(page.at(-1)!.key).toString("base64url") }),
  };
}

function entries(bucket: BucketStore, query: URLSearchParams): Entry[] {
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const includeTrailingDelimiter = query.get("includeTrailingDelimiter") === "true";
  const from = query.get("startOffset") ?? "";
  const until = query.get("endOffset") ?? "";

  const found: Entry[] = [];
  for (const name of bucket.names()) {
    if (!name.startsWith(prefix) || isBefore(name, from) || (until && !isBefore(name, until))) {
      continue;
    }
    const end = delimiter ? name.indexOf(delimiter, prefix.length) : -1;
    if (end < 0) {
      found.push({ key: name, isObject: true, isPrefix: false });
      continue;
    }
    const key = name.slice(0, end + delimiter.length);
    if (found.at(-1)?.key !== key) {
      found.push({ key, isObject: includeTrailingDelimiter && name === key, isPrefix: true });
    }
  }
  return found;
}

function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}
