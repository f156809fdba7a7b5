/** What a client may say about an object when it makes or changes it. */
export interface ObjectAttributes {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  readonly customTime?: string;
  readonly storageClass?: string;
  readonly metadata?: Record<string, string>;
}

export interface Content {
  /** The name of the file that holds the bytes. */
  readonly file: string;
  readonly size: number;
  readonly crc32c: number;
}

/** An object as it lies on the disk. */
export interface StoredObject {
  readonly name: string;
  readonly generation: number;
  readonly metageneration: number;
  readonly created: string;
  readonly updated: string;
  readonly attributes: ObjectAttributes;
  readonly content: Content;
  readonly componentCount?: number;
}

const attributeNames = [
  "contentType",
  "contentEncoding",
  "contentDisposition",
  "contentLanguage",
  "cacheControl",
  "customTime",
  "storageClass",
  "metadata",
] as const;

/** The attributes that a request's body names; null stands for "remove". */
export type AttributeChange = { readonly [name in (typeof attributeNames)[number]]?: unknown };

export function changeAttributes(attributes: ObjectAttributes, change: AttributeChange): ObjectAttributes {
  const changed: Record<string, unknown> = { ...attributes };
  for (const name of attributeNames) {
    const value = change[name];
    if (value === undefined) {
      continue;
    }
    changed[name] = name === "metadata" && value !== null ? changeMetadata(attributes.metadata, value) : value;
  }
  return Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== null));
}

function changeMetadata(metadata: Record<string, string> = {}, change: unknown): Record<string, string> {
  const merged = Object.entries({ ...metadata, ...(change as Record<string, string | null>) });
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null));
}

/** CRC32C in the form of the API: big-endian, base64. */
export function encodeCrc32c(crc32c: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32c);
  return bytes.toString("base64");
}

/** No MD5: Cloud Storage leaves it out for some objects as well, and gcsfuse does not look at it. */
export function objectResource(bucket: string, stored: StoredObject): object {
  const { name, generation, metageneration, created, updated, attributes, content, componentCount } = stored;
  return {
    kind: "storage#object",
    id: `${bucket}/${name}/${generation}`,
    name,
    bucket,
    generation: `${generation}`,
    metageneration: `${metageneration}`,
    storageClass: "STANDARD",
    size: `${content.size}`,
    crc32c: encodeCrc32c(content.crc32c),
    etag: `${generation}/${metageneration}`,
    timeCreated: created,
    updated,
    ...(componentCount && { componentCount }),
    ...attributes,
  };
}
