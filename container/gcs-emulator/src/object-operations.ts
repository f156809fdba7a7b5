import { linkSync, openSync, createReadStream } from "node:fs";
import { ApiError } from "./api-error";
import type { BucketStore } from "./bucket-store";
import { check, conditionsOf, sourceConditionsOf } from "./conditions";
import { appendContent, createContent } from "./content-writer";
import { type Exchange, type Handler, jsonBody } from "./exchange";
import { changeAttributes, type Content, objectResource, type StoredObject } from "./stored-object";

/** The live object. If a generation is given, it must be the live one, since no older one is kept. */
export function liveObject(
  bucketName: string,
  store: BucketStore,
  name: string,
  generation?: string | null,
): StoredObject {
  const stored = store.get(name);
  if (!stored || (generation && generation !== "0" && generation !== `${stored.generation}`)) {
    throw ApiError.objectNotFound(bucketName, name);
  }
  return stored;
}

export const stat: Handler = ({ operation, bucket, origin }) => {
  const stored = liveObject(bucket.name, bucket.store, operation.object, operation.query.get("generation"));
  check(conditionsOf(operation.query), stored);
  return objectResource(origin, bucket.name, stored);
};

export const update: Handler = async ({ operation, bucket, request, origin }) => {
  const change = await jsonBody(request);
  const stored = liveObject(bucket.name, bucket.store, operation.object, operation.query.get("generation"));
  check(conditionsOf(operation.query), stored);
  const before = request.method === "PUT" ? {} : stored.attributes;
  return objectResource(origin, bucket.name, bucket.store.setAttributes(stored, changeAttributes(before, change)));
};

export const remove: Handler = ({ operation, bucket, reply }) => {
  const stored = liveObject(bucket.name, bucket.store, operation.object, operation.query.get("generation"));
  check(conditionsOf(operation.query), stored);
  bucket.store.delete(stored.name);
  return reply.code(204).send();
};

interface ComposeRequest {
  readonly sourceObjects?: {
    name: string;
    generation?: string;
    objectPreconditions?: { ifGenerationMatch?: string };
  }[];
  readonly destination?: Record<string, unknown>;
}

export const compose: Handler = async ({ operation, bucket, request, origin }) => {
  const { sourceObjects = [], destination = {} } = (await jsonBody(request)) as ComposeRequest;
  const { store } = bucket;
  const conditions = conditionsOf(operation.query);
  if (sourceObjects.length < 1 || sourceObjects.length > 32) {
    throw ApiError.invalid("The number of source components provided must be between 1 and 32.");
  }
  check(conditions, store.get(operation.object));
  const sources = sourceObjects.map(({ name, generation, objectPreconditions }) => {
    const source = liveObject(bucket.name, store, name, generation);
    const { ifGenerationMatch } = objectPreconditions ?? {};
    check({ ifGenerationMatch: ifGenerationMatch === undefined ? undefined : Number(ifGenerationMatch) }, source);
    return source;
  });
  // Opened before the first await, so that a source can be read even if it is overwritten meanwhile.
  const descriptors = sources.map(({ content }) => openSync(store.contentPath(content.file), "r"));
  let content = createContent(store.contentPath(store.newContentFile()));
  const path = store.contentPath(content.file);
  try {
    for (const fd of descriptors) {
      content = await appendContent(path, content, createReadStream("", { fd }));
    }
    const componentCount = sources.reduce((sum, source) => sum + (source.componentCount ?? 1), 0);
    const attributes = changeAttributes({}, destination);
    return objectResource(
      origin,
      bucket.name,
      store.put({ name: operation.object, attributes, content, componentCount }, conditions),
    );
  } catch (error) {
    store.discard(content);
    throw error;
  }
};

/** Handles `copyTo` as well, whose response is the resource alone. */
export const rewrite: Handler = async (exchange) => {
  const { operation, buckets, bucket, request, origin } = exchange;
  const override = await jsonBody(request);
  const source = sourceObject(exchange);
  const target = buckets.get(operation.destinationBucket);
  const attributes = Object.keys(override).length > 0 ? changeAttributes({}, override) : source.attributes;
  const resource = objectResource(
    origin,
    target.name,
    duplicate(bucket.store, source, target.store, operation.destination, attributes, operation.query),
  );
  const size = `${source.content.size}`;
  return request.url.includes("/copyTo/")
    ? resource
    : { kind: "storage#rewriteResponse", done: true, objectSize: size, totalBytesRewritten: size, resource };
};

export const move: Handler = (exchange) => {
  const { operation, bucket, origin } = exchange;
  const source = sourceObject(exchange);
  const { store } = bucket;
  const moved = duplicate(store, source, store, operation.destination, source.attributes, operation.query);
  if (operation.destination !== operation.object) {
    store.delete(source.name);
  }
  return objectResource(origin, bucket.name, moved);
};

function sourceObject({ operation, bucket }: Exchange): StoredObject {
  const { query, object } = operation;
  const source = liveObject(bucket.name, bucket.store, object, query.get("sourceGeneration"));
  check(sourceConditionsOf(query), source);
  return source;
}

/** Contents never change, so a copy is a second link to the same file. */
function duplicate(
  from: BucketStore,
  source: StoredObject,
  to: BucketStore,
  name: string,
  attributes: StoredObject["attributes"],
  query: URLSearchParams,
): StoredObject {
  const content: Content = { ...source.content, file: to.newContentFile() };
  linkSync(from.contentPath(source.content.file), to.contentPath(content.file));
  try {
    return to.put({ name, attributes, content, componentCount: source.componentCount }, conditionsOf(query));
  } catch (error) {
    to.discard(content);
    throw error;
  }
}
