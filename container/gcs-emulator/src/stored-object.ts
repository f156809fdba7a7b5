/** The attributes of an object that a client can set. */
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
  /** The name of the file with the bytes. */
  readonly file: string;
  readonly size: number;
  readonly crc32c: number;
}

/** An object as it is stored on the disk. */
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

/** The attributes in the body of a request; null removes one. */
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

/**
 * The JSON resource of an object. It has no MD5, like that of a composite object in Cloud Storage; gcsfuse does not use
 * it.
 *
 * @param origin the address of this server, for example `http://storage:4443`
 * @see https://cloud.google.com/storage/docs/json_api/v1/objects#resource
 */
export function objectResource(origin: string, bucket: string, stored: StoredObject): object {
  const { name, generation, metageneration, created, updated, attributes, content, componentCount } = stored;
  const path = encodeURIComponent(name);
  return {
    kind: "storage#object",
    id: `${bucket}/${name}/${generation}`,
    name,
    bucket,
    mediaLink: `${origin}/download/storage/v1/b/${bucket}/o/${path}?generation=${generation}&alt=media`,
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
