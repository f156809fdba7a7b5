/** The operation that a request to Cloud Storage's JSON or XML API asks for, by its method and URL alone. */
export type OperationKind =
  | "bucket"
  | "storage-layout"
  | "list"
  | "stat"
  | "read"
  | "insert"
  | "upload-start"
  | "upload-chunk"
  | "upload-cancel"
  | "update"
  | "delete"
  | "compose"
  | "rewrite"
  | "move"
  | "unknown";

export interface Operation {
  readonly kind: OperationKind;
  readonly bucket: string;
  /** The source of a rewrite or a move. */
  readonly object: string;
  readonly destinationBucket: string;
  readonly destination: string;
  readonly query: URLSearchParams;
}

export function parseOperation(method: string, address: string): Operation {
  const [path = "", search = ""] = address.split(/\?(.*)/s, 2);
  const query = new URLSearchParams(search);
  const segments = path.split("/").slice(1).map(decode);
  const found = segments.includes(undefined) ? {} : locate(method, segments as string[], query);
  return { kind: "unknown", bucket: "", object: "", destinationBucket: "", destination: "", query, ...found };
}

function locate(method: string, segments: string[], query: URLSearchParams): Partial<Operation> {
  const [first, second, third, fourth, ...rest] = segments;
  if (first === "storage" && second === "v1" && third === "b" && fourth) {
    return jsonApi(method, fourth, rest, query);
  }
  if ((first === "upload" || first === "download") && second === "storage" && third === "v1" && fourth === "b") {
    const [bucket = "", o, ...name] = rest;
    return o !== "o" ? {} : first === "upload" ? upload(method, bucket, query) : read(method, bucket, name.join("/"));
  }
  return first && segments.length > 1 ? read(method, first, segments.slice(1).join("/")) : {};
}

function jsonApi(method: string, bucket: string, rest: string[], query: URLSearchParams): Partial<Operation> {
  const [collection, object, verb, ...target] = rest;
  if (collection === undefined || collection === "") {
    return method === "GET" ? { kind: "bucket", bucket } : {};
  }
  if (collection === "storageLayout") {
    return { kind: "storage-layout", bucket };
  }
  if (collection !== "o") {
    return {};
  }
  if (!object) {
    return method === "GET" ? { kind: "list", bucket } : {};
  }
  if (verb === undefined) {
    return { kind: objectKind(method, query), bucket, object };
  }
  if (method === "POST" && verb === "compose") {
    return { kind: "compose", bucket, object };
  }
  if (method === "POST" && verb === "moveTo" && target[0] === "o" && target[1]) {
    return { kind: "move", bucket, object, destinationBucket: bucket, destination: target[1] };
  }
  if (method === "POST" && (verb === "rewriteTo" || verb === "copyTo") && target[0] === "b" && target[3]) {
    return { kind: "rewrite", bucket, object, destinationBucket: target[1], destination: target[3] };
  }
  return {};
}

function objectKind(method: string, query: URLSearchParams): OperationKind {
  switch (method) {
    case "GET":
    case "HEAD":
      return query.get("alt") === "media" ? "read" : "stat";
    case "PATCH":
    case "PUT":
      return "update";
    case "DELETE":
      return "delete";
    default:
      return "unknown";
  }
}

function upload(method: string, bucket: string, query: URLSearchParams): Partial<Operation> {
  if (query.has("upload_id")) {
    return { kind: method === "DELETE" ? "upload-cancel" : "upload-chunk", bucket };
  }
  if (method !== "POST") {
    return {};
  }
  return { kind: query.get("uploadType") === "resumable" ? "upload-start" : "insert", bucket };
}

function read(method: string, bucket: string, object: string): Partial<Operation> {
  return object && (method === "GET" || method === "HEAD") ? { kind: "read", bucket, object } : {};
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
