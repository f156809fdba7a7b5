import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { BucketStore } from "../../container/gcs-emulator/src/bucket-store";
import { createContent } from "../../container/gcs-emulator/src/content-writer";
import {
  BUCKET,
  Emulator,
  INVALID,
  NOT_FOUND,
  ObjectResource,
  PRECONDITION_FAILED,
  refusalOf,
} from "../support/gcs-emulator";

let emulator: Emulator;
beforeEach(async () => {
  emulator = await Emulator.start(BUCKET, "other");
});
afterEach(() => emulator.close());

/** How many files hold bytes: what is overwritten or refused must not stay. */
const contents = (bucket = BUCKET) => readdirSync(join(emulator.folder, bucket, "contents")).length;
const post = (name: string, rest: string, payload?: object) =>
  emulator.ask("POST", emulator.object(name, rest), payload && { payload });

describe("an object", () => {
  test("is written, described and read, over both APIs", async () => {
    const written = await emulator.put("a b/ä?.txt", "hello");
    expect(written).toEqual({
      kind: "storage#object",
      id: `${BUCKET}/a b/ä?.txt/${written.generation}`,
      name: "a b/ä?.txt",
      bucket: BUCKET,
      generation: expect.stringMatching(/^\d{16}$/),
      metageneration: "1",
      storageClass: "STANDARD",
      size: "5",
      crc32c: "mnG7TA==",
      etag: `${written.generation}/1`,
      timeCreated: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      updated: expect.any(String),
      contentType: "text/plain",
      mediaLink: expect.any(String),
    });
    expect(await emulator.stat("a b/ä?.txt")).toEqual(written);
    expect(await emulator.read("a b/ä?.txt")).toBe("hello");
    const path = `/${BUCKET}/${"a b/ä?.txt".split("/").map(encodeURIComponent).join("/")}`;
    expect((await emulator.ask("GET", path)).payload).toBe("hello");
  });

  test("has a link to its bytes of this generation, at the server that was asked", async () => {
    const { generation } = await emulator.put("a/b c", "one");
    const { mediaLink } = (
      await emulator.ask("GET", emulator.object("a/b c"), { headers: { host: "storage:4443" } })
    ).json() as ObjectResource;
    const path = `/download/storage/v1/b/${BUCKET}/o/a%2Fb%20c?generation=${generation}&alt=media`;
    expect(mediaLink).toBe(`http://storage:4443${path}`);
    expect((await emulator.ask("GET", path)).payload).toBe("one");
    await emulator.put("a/b c", "two");
    expect(refusalOf(await emulator.ask("GET", path))).toEqual(NOT_FOUND);
  });

  test("gets a larger generation with each write, also after a delete and a restart", async () => {
    const generations = [
      (await emulator.put("a", "1")).generation,
      (await emulator.put("a", "2")).generation,
      (await emulator.put("b", "3")).generation,
    ];
    await emulator.ask("DELETE", emulator.object("a"));
    generations.push((await emulator.put("a", "4")).generation);
    await emulator.restart();
    generations.push((await emulator.put("a", "5")).generation);
    const numbers = generations.map(Number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(contents()).toBe(2);
  });

  test("gets a larger generation even where the clock stands still or goes back", async () => {
    const clock = jest.spyOn(Date, "now");
    try {
      const generations: number[] = [];
      for (const now of [2_000_000, 2_000_000, 1_000_000]) {
        clock.mockReturnValue(now);
        const store = new BucketStore(join(emulator.folder, "other"));
        for (let index = 0; index < 2; index += 1) {
          const content = createContent(store.contentPath(store.newContentFile()));
          generations.push(store.put({ name: "a", attributes: {}, content }, {}).generation);
        }
      }
      expect(generations).toEqual([0, 1, 2, 3, 4, 5].map((index) => 2_000_000_000 + index));
    } finally {
      clock.mockRestore();
    }
  });

  test("survives a restart with everything", async () => {
    const written = await emulator.put("a", "hello");
    await emulator.restart();
    expect(await emulator.stat("a")).toEqual(written);
    expect(await emulator.read("a")).toBe("hello");
  });

  test("is deleted with its bytes", async () => {
    await emulator.put("a", "hello");
    const deleted = await emulator.ask("DELETE", emulator.object("a"));
    expect([deleted.statusCode, deleted.payload]).toEqual([204, ""]);
    expect(contents()).toBe(0);
    await emulator.restart();
    expect(await emulator.stat("a")).toBeUndefined();
    expect(refusalOf(await emulator.ask("DELETE", emulator.object("a")))).toEqual(NOT_FOUND);
  });

  test("of another generation than the live one is not there", async () => {
    const { generation } = await emulator.put("a", "1");
    expect((await emulator.ask("GET", emulator.object("a", `?generation=${generation}`))).statusCode).toBe(200);
    await emulator.put("a", "2");
    for (const [method, rest] of [
      ["GET", ""],
      ["GET", "&alt=media"],
      ["PATCH", ""],
      ["DELETE", ""],
    ] as const) {
      const url = emulator.object("a", `?generation=${generation}${rest}`);
      const options = method === "PATCH" ? { payload: {} } : {};
      expect(refusalOf(await emulator.ask(method, url, options))).toEqual(NOT_FOUND);
    }
  });
});

describe("reading", () => {
  beforeEach(() => emulator.put("a", "0123456789"));
  const read = (range?: string) =>
    emulator.ask("GET", emulator.object("a", "?alt=media"), range === undefined ? {} : { headers: { range } });

  test.each([
    ["bytes=0-3", "0123", "bytes 0-3/10"],
    ["bytes=4-4", "4", "bytes 4-4/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=8-100", "89", "bytes 8-9/10"],
    ["bytes=-2", "89", "bytes 8-9/10"],
    ["bytes=-100", "0123456789", "bytes 0-9/10"],
  ])("the range %s", async (range, bytes, contentRange) => {
    const response = await read(range);
    expect([response.statusCode, response.payload]).toEqual([206, bytes]);
    expect(response.headers).toMatchObject({
      "content-range": contentRange,
      "content-length": String(bytes.length),
      "x-goog-stored-content-length": "10",
    });
  });

  test.each(["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=5-4"])("the range %s is not satisfiable", async (range) => {
    expect(refusalOf(await read(range))).toEqual([416, "requestedRangeNotSatisfiable"]);
  });

  test.each([undefined, "bytes=-", "lines=1-2", "bytes=0-1,3-4"])("all of it with the range %s", async (range) => {
    const response = await read(range);
    expect([response.statusCode, response.payload]).toEqual([200, "0123456789"]);
    expect(response.headers["content-range"]).toBeUndefined();
  });

  test("only the headers", async () => {
    const { generation } = (await emulator.stat("a"))!;
    const response = await emulator.ask("HEAD", `/${BUCKET}/a`);
    expect([response.statusCode, response.payload]).toEqual([200, ""]);
    expect(response.headers).toMatchObject({
      "content-length": "10",
      "content-type": "text/plain",
      "x-goog-generation": generation,
      "x-goog-metageneration": "1",
      "x-goog-hash": expect.stringMatching(/^crc32c=.{6}==$/),
    });
    const none = await emulator.ask("HEAD", `/${BUCKET}/none`);
    expect([none.statusCode, none.payload]).toEqual([404, ""]);
  });

  test("an empty object", async () => {
    await emulator.put("empty", "");
    const response = await emulator.ask("GET", emulator.object("empty", "?alt=media"));
    expect([response.statusCode, response.payload, response.headers["content-length"]]).toEqual([200, "", "0"]);
  });
});

describe("attributes", () => {
  const patch = async (payload: object, query = "") =>
    (await emulator.ask("PATCH", emulator.object("a", query), { payload })).json() as ObjectResource;

  test("are added, changed and removed one by one, which creates no new generation", async () => {
    const { generation } = await emulator.put("a", "hello");
    const first = await patch({ contentType: "image/png", metadata: { one: "1", two: "2" } });
    expect(first).toMatchObject({ generation, metageneration: "2", contentType: "image/png" });
    const second = await patch({ cacheControl: "no-store", metadata: { two: null, three: "3" } });
    expect(second).toMatchObject({ metageneration: "3", contentType: "image/png", cacheControl: "no-store" });
    expect(second.metadata).toEqual({ one: "1", three: "3" });
    const third = await patch({ contentType: null, metadata: null });
    expect(third).not.toHaveProperty("contentType");
    expect(third).not.toHaveProperty("metadata");
    expect(await emulator.read("a")).toBe("hello");
    await emulator.restart();
    expect(await emulator.stat("a")).toEqual(third);
  });

  test("are all replaced by PUT", async () => {
    await emulator.put("a", "hello");
    await patch({ metadata: { one: "1" } });
    const replaced = await emulator.ask("PUT", emulator.object("a"), { payload: { cacheControl: "no-store" } });
    expect(replaced.json()).toMatchObject({ cacheControl: "no-store", metageneration: "3" });
    expect(replaced.json()).not.toHaveProperty("contentType");
    expect(replaced.json()).not.toHaveProperty("metadata");
  });

  test("that only the server sets are left alone", async () => {
    const written = await emulator.put("a", "hello");
    expect(await patch({ size: "1", generation: "1", name: "b", bucket: "other" })).toMatchObject({
      name: "a",
      bucket: BUCKET,
      size: "5",
      generation: written.generation,
    });
  });

  test("in a body that is no JSON are refused", async () => {
    await emulator.put("a", "hello");
    const headers = { "content-type": "application/json" };
    const refused = await emulator.ask("PATCH", emulator.object("a"), { payload: "{", headers });
    expect(refusalOf(refused)).toEqual(INVALID);
    expect(refusalOf(await emulator.ask("PATCH", emulator.object("none"), { payload: {} }))).toEqual(NOT_FOUND);
  });
});

describe("compose", () => {
  const compose = (name: string, sourceObjects: object[], query = "", destination?: object) =>
    post(name, `/compose${query}`, { sourceObjects, destination });

  test("joins objects in the given order, also with one of them as the target", async () => {
    await emulator.put("a", "one ");
    const { crc32c } = await emulator.put("whole", "one two one ");
    await emulator.put("b", "two ");
    const composed = await compose("a", [{ name: "a" }, { name: "b" }, { name: "a" }], "", {
      contentType: "image/png",
    });
    expect(composed.json()).toMatchObject({ size: "12", crc32c, componentCount: 3, contentType: "image/png" });
    expect(await emulator.read("a")).toBe("one two one ");
    expect((await compose("a", [{ name: "a" }, { name: "b" }])).json()).toMatchObject({ componentCount: 4 });
    expect(contents()).toBe(3);
  });

  test("of 0 or of 33 objects, or of one that is not there, is refused", async () => {
    await emulator.put("a", "one");
    expect(refusalOf(await compose("c", []))).toEqual(INVALID);
    expect(refusalOf(await compose("c", Array(33).fill({ name: "a" })))).toEqual(INVALID);
    expect(refusalOf(await compose("c", [{ name: "a" }, { name: "none" }]))).toEqual(NOT_FOUND);
    expect(refusalOf(await compose("c", [{ name: "a", generation: "1" }]))).toEqual(NOT_FOUND);
    expect(await emulator.stat("c")).toBeUndefined();
    expect((await compose("c", Array(32).fill({ name: "a" }))).statusCode).toBe(200);
  });

  test("holds to the preconditions of the sources", async () => {
    const { generation } = await emulator.put("a", "one");
    const source = (ifGenerationMatch: string) => [{ name: "a", objectPreconditions: { ifGenerationMatch } }];
    expect(refusalOf(await compose("c", source("1")))).toEqual(PRECONDITION_FAILED);
    expect((await compose("c", source(generation))).statusCode).toBe(200);
  });
});

describe("move, with which gcsfuse renames", () => {
  const move = (from: string, to: string, query = "") => post(from, `/moveTo/o/${encodeURIComponent(to)}${query}`);

  test("gives the object another name, with its bytes and attributes, and replaces what had that", async () => {
    await emulator.put("a/b", "hello");
    await emulator.put("c d", "old");
    await emulator.ask("PATCH", emulator.object("a/b"), { payload: { metadata: { one: "1" } } });
    const moved = await move("a/b", "c d");
    expect(moved.json()).toMatchObject({ name: "c d", size: "5", metadata: { one: "1" }, contentType: "text/plain" });
    expect([await emulator.stat("a/b"), await emulator.read("c d")]).toEqual([undefined, "hello"]);
    expect(contents()).toBe(1);
    await emulator.restart();
    expect([await emulator.stat("a/b"), await emulator.read("c d")]).toEqual([undefined, "hello"]);
  });

  test("to its own name keeps the object", async () => {
    await emulator.put("a", "hello");
    expect((await move("a", "a")).statusCode).toBe(200);
    expect(await emulator.read("a")).toBe("hello");
  });

  test("of what is not there changes nothing", async () => {
    await emulator.put("b", "old");
    expect(refusalOf(await move("a", "b"))).toEqual(NOT_FOUND);
    expect(await emulator.read("b")).toBe("old");
  });
});

describe("copy", () => {
  test("rewrite and copyTo keep attributes unless others are given, and leave the source", async () => {
    await emulator.put("a/b", "hello");
    const rewritten = await post("a/b", "/rewriteTo/b/other/o/c%2Fd");
    expect(rewritten.json()).toMatchObject({
      kind: "storage#rewriteResponse",
      done: true,
      objectSize: "5",
      totalBytesRewritten: "5",
      resource: { bucket: "other", name: "c/d", contentType: "text/plain" },
    });
    const copied = await post("a/b", "/copyTo/b/other/o/e", { contentType: "image/png" });
    expect(copied.json()).toMatchObject({ kind: "storage#object", name: "e", contentType: "image/png" });
    await emulator.ask("DELETE", emulator.object("a/b"));
    expect([await emulator.read("c/d", "other"), await emulator.read("e", "other")]).toEqual(["hello", "hello"]);
    expect(contents()).toBe(0);
  });

  test("keeps the attributes where the body is null, as rclone has it", async () => {
    await emulator.put("a", "hello");
    const rewritten = await emulator.ask("POST", emulator.object("a", "/rewriteTo/b/other/o/a"), { payload: "null" });
    expect(rewritten.json()).toMatchObject({ resource: { bucket: "other", name: "a", contentType: "text/plain" } });
  });

  test("to a bucket that does not exist is refused", async () => {
    await emulator.put("a", "hello");
    expect(refusalOf(await post("a", "/rewriteTo/b/none/o/a"))).toEqual(NOT_FOUND);
  });
});

describe("preconditions", () => {
  type Ask = (query: string) => ReturnType<Emulator["ask"]>;
  const on: [string, Ask][] = [
    ["stat", (query) => emulator.ask("GET", emulator.object("a", `?${query}`))],
    ["read", (query) => emulator.ask("GET", emulator.object("a", `?alt=media&${query}`))],
    ["patch", (query) => emulator.ask("PATCH", emulator.object("a", `?${query}`), { payload: {} })],
    ["update", (query) => emulator.ask("PUT", emulator.object("a", `?${query}`), { payload: {} })],
    ["delete", (query) => emulator.ask("DELETE", emulator.object("a", `?${query}`))],
    ["compose", (query) => post("a", `/compose?${query}`, { sourceObjects: [{ name: "a" }] })],
    ["rewrite", (query) => post("source", `/rewriteTo/b/${BUCKET}/o/a?${query}`)],
    ["move", (query) => post("source", `/moveTo/o/a?${query}`)],
    [
      "insert",
      (query) =>
        emulator.ask("POST", `/upload/storage/v1/b/${BUCKET}/o?uploadType=media&name=a&${query}`, { payload: "" }),
    ],
    [
      "start of an upload",
      (query) => emulator.ask("POST", `/upload/storage/v1/b/${BUCKET}/o?uploadType=resumable&name=a&${query}`),
    ],
  ];

  test.each(on)("of %s are enforced", async (_what, ask) => {
    const { generation } = await emulator.put("a", "hello");
    await emulator.ask("PATCH", emulator.object("a"), { payload: {} });
    await emulator.put("source", "other");
    const before = await emulator.stat("a");
    for (const query of [
      "ifGenerationMatch=1",
      "ifGenerationMatch=0",
      `ifGenerationNotMatch=${generation}`,
      "ifMetagenerationMatch=1",
      "ifMetagenerationNotMatch=2",
      `ifGenerationMatch=${generation}&ifMetagenerationMatch=1`,
    ]) {
      expect([query, ...refusalOf(await ask(query))]).toEqual([query, ...PRECONDITION_FAILED]);
    }
    expect(await emulator.stat("a")).toEqual(before);
    expect([await emulator.read("a"), await emulator.read("source")]).toEqual(["hello", "other"]);
    expect(contents()).toBe(2);
    const held = `ifGenerationMatch=${generation}&ifMetagenerationMatch=2&ifGenerationNotMatch=1&ifMetagenerationNotMatch=1`;
    expect((await ask(held)).statusCode).toBeLessThan(300);
  });

  test("generation 0 stands for no object", async () => {
    const url = `/upload/storage/v1/b/${BUCKET}/o?uploadType=media&name=new&ifGenerationMatch=0`;
    expect((await emulator.ask("POST", url, { payload: "1" })).statusCode).toBe(200);
    expect(refusalOf(await emulator.ask("POST", url, { payload: "2" }))).toEqual(PRECONDITION_FAILED);
    expect(await emulator.read("new")).toBe("1");
  });

  test.each(["rewriteTo/b/files/o/b", "moveTo/o/b"])("of the source of %s are enforced", async (target) => {
    const { generation } = await emulator.put("a", "hello");
    for (const query of [
      "ifSourceGenerationMatch=1",
      `ifSourceGenerationNotMatch=${generation}`,
      "ifSourceMetagenerationMatch=2",
      "ifSourceMetagenerationNotMatch=1",
    ]) {
      expect([query, ...refusalOf(await post("a", `/${target}?${query}`))]).toEqual([query, ...PRECONDITION_FAILED]);
    }
    expect(refusalOf(await post("a", `/${target}?sourceGeneration=1`))).toEqual(NOT_FOUND);
    expect(await emulator.stat("b")).toBeUndefined();
    expect((await post("a", `/${target}?ifSourceGenerationMatch=${generation}`)).statusCode).toBe(200);
  });
});

describe("buckets", () => {
  test("are described", async () => {
    expect((await emulator.ask("GET", `/storage/v1/b/${BUCKET}`)).json()).toMatchObject({
      kind: "storage#bucket",
      name: BUCKET,
    });
    expect((await emulator.ask("GET", `/storage/v1/b/${BUCKET}/storageLayout`)).json()).toMatchObject({
      hierarchicalNamespace: { enabled: false },
    });
    expect(refusalOf(await emulator.ask("GET", "/storage/v1/b/none"))).toEqual(NOT_FOUND);
    expect(refusalOf(await emulator.ask("GET", emulator.object("a", "", "none")))).toEqual(NOT_FOUND);
  });

  test("do not see each other's objects, and are found again by a server that is told of none", async () => {
    await emulator.put("a", "hello");
    expect(await emulator.stat("a", "other")).toBeUndefined();
    expect(existsSync(join(emulator.folder, "other"))).toBe(true);
  });

  test.each([
    ["POST", "/storage/v1/b?project=p"],
    ["DELETE", `/storage/v1/b/${BUCKET}`],
    ["PUT", `/${BUCKET}/a`],
    ["GET", "/"],
  ] as const)("%s %s is not simulated, and says so", async (method, url) => {
    expect(refusalOf(await emulator.ask(method, url))).toEqual([501, "notImplemented"]);
  });
});
