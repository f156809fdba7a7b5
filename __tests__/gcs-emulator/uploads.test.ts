import { once } from "node:events";
import { cpSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { connect, Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readMultipartUpload } from "../../container/gcs-emulator/src/multipart-upload";
import { BUCKET, Emulator, INVALID, NOT_FOUND, PRECONDITION_FAILED, refusalOf } from "../support/gcs-emulator";

let emulator: Emulator;
beforeEach(async () => {
  emulator = await Emulator.start(BUCKET);
});
afterEach(() => emulator.close());

const UPLOAD = `/upload/storage/v1/b/${BUCKET}/o`;
const files = (folder: string) => readdirSync(join(emulator.folder, BUCKET, folder));
/** CRC32C of "hello". */
const HELLO = "mnG7TA==";

describe("an upload in one request", () => {
  const media = (name: string, payload: string, headers = {}) =>
    emulator.ask("POST", `${UPLOAD}?uploadType=media&name=${name}`, { payload, headers });

  test("keeps the type that was given, whatever that is", async () => {
    for (const type of ["image/png", "text/plain; charset=utf-8", "nonsense", "a;b"]) {
      expect((await media("a", "hello", { "content-type": type })).json()).toMatchObject({ contentType: type });
    }
  });

  test("with an empty type, or with none, has none and is served as bytes", async () => {
    for (const headers of [{ "content-type": "" }, {}]) {
      const written = await media("a", "hello", headers);
      expect(written.statusCode).toBe(200);
      expect(written.json()).not.toHaveProperty("contentType");
      const read = await emulator.ask("GET", `/${BUCKET}/a`);
      expect([read.headers["content-type"], read.payload]).toEqual(["application/octet-stream", "hello"]);
    }
  });

  test("is checked against the sum that was given", async () => {
    const refused = await media("a", "hello", { "x-goog-hash": "crc32c=AAAAAA==" });
    expect(refusalOf(refused)).toEqual(INVALID);
    expect(refused.json().error.message).toBe(`Provided CRC32C "AAAAAA==" doesn't match calculated CRC32C "${HELLO}".`);
    expect([await emulator.stat("a"), files("contents")]).toEqual([undefined, []]);
    expect((await media("a", "hello", { "x-goog-hash": `md5=x,crc32c=${HELLO}` })).statusCode).toBe(200);
  });

  test.each(["", "a%0Ab", "a%0Db", ".", "..", "n".repeat(1025), "%C3%A4".repeat(513)])(
    "needs a name that is one: %p",
    async (name) => {
      expect(refusalOf(await media(name, "hello"))).toEqual(INVALID);
      expect(files("contents")).toEqual([]);
    },
  );

  test("may have a name of 1024 bytes", async () => {
    expect((await media("%C3%A4".repeat(512), "hello")).statusCode).toBe(200);
  });

  test("to a bucket that does not exist is refused", async () => {
    expect(refusalOf(await emulator.ask("POST", "/upload/storage/v1/b/none/o?name=a"))).toEqual(NOT_FOUND);
  });

  test("that breaks off leaves the old object and no bytes", async () => {
    await emulator.put("a", "old");
    const socket = await connected();
    socket.write(`POST ${UPLOAD}?uploadType=media&name=a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n`);
    socket.write("x".repeat(100_000));
    await eventually(() => files("contents").length === 2);
    socket.destroy();
    await eventually(() => files("contents").length === 1);
    expect(await emulator.read("a")).toBe("old");
  });
});

describe("multipart", () => {
  const body = (boundary: string, resource: string, content: string, head = "Content-Type: image/png\r\n") =>
    [
      `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${resource}\r\n`,
      `--${boundary}\r\n${head}\r\n${content}\r\n`,
      `--${boundary}--`,
    ].join("");
  const send = (payload: string, type = "multipart/related; boundary=b1", query = "") =>
    emulator.ask("POST", `${UPLOAD}?uploadType=multipart${query}`, { payload, headers: { "content-type": type } });

  test("has the attributes in its first part and the bytes in its second", async () => {
    const resource = { name: "a/b", contentType: "text/css", metadata: { one: "1" }, crc32c: HELLO };
    const written = await send(body("b1", JSON.stringify(resource), "hello"));
    expect(written.json()).toMatchObject({ ...resource, size: "5" });
    expect(await emulator.read("a/b")).toBe("hello");
  });

  test.each(['"b1"', "'b1'", "b1; charset=utf-8"])("takes the boundary %s", async (boundary) => {
    const written = await send(body("b1", '{"name":"a"}', "hello"), `multipart/related; boundary=${boundary}`);
    expect(written.json()).toMatchObject({ name: "a", size: "5" });
  });

  test("may name the object in the address, and be empty", async () => {
    expect((await send(body("b1", "{}", ""), undefined, "&name=a")).json()).toMatchObject({ name: "a", size: "0" });
  });

  test("is checked against the sum in its first part", async () => {
    expect(refusalOf(await send(body("b1", '{"name":"a","crc32c":"AAAAAA=="}', "hello")))).toEqual(INVALID);
    expect([await emulator.stat("a"), files("contents")]).toEqual([undefined, []]);
  });

  test.each([
    ["no boundary", body("b1", '{"name":"a"}', "x"), "multipart/related"],
    ["another boundary", body("b1", '{"name":"a"}', "x"), "multipart/related; boundary=b2"],
    ["no second part", '--b1\r\n\r\n{"name":"a"}\r\n--b1--', undefined],
    ["no end", body("b1", '{"name":"a"}', "x").slice(0, -3), undefined],
    ["no JSON", body("b1", "{", "x"), undefined],
  ])("is refused with %s", async (_what, payload, type) => {
    expect(refusalOf(await send(payload, type))).toEqual(INVALID);
    expect(files("contents")).toEqual([]);
  });

  /** As a stream of blocks of the given size. */
  const read = async (text: string, blockSize: number) => {
    async function* blocks() {
      for (let start = 0; start < text.length; start += blockSize) {
        yield Buffer.from(text.slice(start, start + blockSize), "latin1");
      }
    }
    return readMultipartUpload("multipart/related; boundary=b1", blocks(), async (content) => {
      let all = "";
      for await (const block of content) {
        all += block.toString("latin1");
      }
      return all;
    });
  };

  test.each([
    ["text", "hello"],
    ["nothing", ""],
    ["what looks like a delimiter", "\r\n--b1\r\n\r\nx\r\n--b1-\r\n--b1--x"],
    ["delimiters of its own", "\r\n--b1--\r\n--b1--"],
    ["line breaks at its end", "x\r\n\r\n"],
  ])("%s arrives, wherever the blocks of the stream are cut", async (_what, content) => {
    for (const end of ["", "\r\n"]) {
      for (const head of ["Content-Type: image/png\r\n", ""]) {
        const text = body("b1", '{"name":"a"}', content, head) + end;
        for (let size = 1; size <= text.length; size += 1) {
          expect(await read(text, size)).toEqual({ resource: { name: "a" }, stored: content });
        }
      }
    }
  });

  test("a first part without an end is not read forever", async () => {
    await expect(read(`--b1\r\n\r\n${"x".repeat(3_000_000)}`, 100_000)).rejects.toThrow("without two parts");
  });
});

describe("a resumable upload", () => {
  const start = async (name: string, query = "", resource: object = {}) => {
    const response = await emulator.ask("POST", `${UPLOAD}?uploadType=resumable&name=${name}${query}`, {
      payload: resource,
      headers: { "x-upload-content-type": "image/png" },
    });
    expect([response.statusCode, response.payload]).toEqual([200, ""]);
    const location = new URL(response.headers.location!);
    expect(location.host).toBe(`127.0.0.1:${emulator.port}`);
    return location.pathname + location.search;
  };
  const chunk = (url: string, payload: string, range?: string, headers = {}) =>
    emulator.ask("PUT", url, { payload, headers: { ...(range && { "content-range": `bytes ${range}` }), ...headers } });
  const progress = async (url: string) => {
    const { statusCode, headers } = await chunk(url, "", "*/*");
    return [statusCode, headers.range];
  };

  test("in one piece, without a range", async () => {
    const url = await start("a", "", { metadata: { one: "1" } });
    expect((await chunk(url, "hello")).json()).toMatchObject({
      ...{ name: "a", size: "5", crc32c: HELLO },
      ...{ contentType: "image/png", metadata: { one: "1" } },
    });
    expect(await emulator.read("a")).toBe("hello");
  });

  test("in chunks, of which each is acknowledged, with a size that is known at the end only", async () => {
    const url = await start("a");
    expect(await progress(url)).toEqual([308, undefined]);
    expect((await chunk(url, "hel", "0-2/*")).headers.range).toBe("bytes=0-2");
    expect(await progress(url)).toEqual([308, "bytes=0-2"]);
    expect(await emulator.stat("a")).toBeUndefined();
    expect((await chunk(url, "lo", "3-4/5")).json()).toMatchObject({ size: "5", crc32c: HELLO });
    expect(await emulator.read("a")).toBe("hello");
  });

  test("ends with a request without bytes that tells the size", async () => {
    const url = await start("a");
    await chunk(url, "hello", "0-4/*");
    expect((await chunk(url, "", "*/5")).json()).toMatchObject({ size: "5" });
  });

  test("of nothing", async () => {
    expect((await chunk(await start("a"), "", "*/0")).json()).toMatchObject({ size: "0" });
    expect(await emulator.read("a")).toBe("");
  });

  test("a chunk that is sent again counts once, also where it overlaps", async () => {
    const url = await start("a");
    await chunk(url, "hel", "0-2/5");
    expect((await chunk(url, "hel", "0-2/5")).headers.range).toBe("bytes=0-2");
    expect((await chunk(url, "ello", "1-4/5")).json()).toMatchObject({ size: "5", crc32c: HELLO });
  });

  test("a chunk that leaves a gap, or one more than the size, is refused", async () => {
    const url = await start("a");
    expect(refusalOf(await chunk(url, "lo", "3-4/5"))).toEqual(INVALID);
    expect(refusalOf(await chunk(url, "hello", "0-4/3"))).toEqual(INVALID);
    expect(refusalOf(await chunk(url, "hello", "nonsense"))).toEqual(INVALID);
    expect(await emulator.stat("a")).toBeUndefined();
  });

  test("goes on after a restart from the last chunk", async () => {
    const url = await start("a");
    await chunk(url, "hel", "0-2/*");
    await emulator.restart();
    expect(await progress(url)).toEqual([308, "bytes=0-2"]);
    expect((await chunk(url, "lo", "3-4/5")).json()).toMatchObject({ size: "5", crc32c: HELLO });
    await emulator.restart();
    expect(await emulator.read("a")).toBe("hello");
  });

  test("gives its result again to a client that missed it, also after a restart and an overwrite", async () => {
    const url = await start("a");
    const { generation } = (await chunk(url, "hello")).json();
    expect((await chunk(url, "", "*/5")).json()).toMatchObject({ generation });
    await emulator.restart();
    await emulator.put("a", "newer");
    expect((await chunk(url, "hello", "0-4/5")).json()).toMatchObject({ generation });
    expect(await emulator.read("a")).toBe("newer");
  });

  test("is finished again if the server died before the session knew of the object", async () => {
    const url = await start("a");
    await chunk(url, "hello", "0-4/*");
    // The session as it was before: so it is found by a server after one that died between the two.
    const [uploads, before] = ["uploads", "before"].map((folder) => join(emulator.folder, BUCKET, folder));
    cpSync(uploads, before, { recursive: true });
    const { generation } = (await chunk(url, "", "*/5")).json();
    rmSync(uploads, { recursive: true });
    renameSync(before, uploads);
    await emulator.restart();
    expect((await chunk(url, "", "*/5")).json()).toMatchObject({ generation });
    expect(await emulator.read("a")).toBe("hello");
    expect(files("contents")).toHaveLength(1);
  });

  test("holds to its preconditions when it ends", async () => {
    const { generation } = await emulator.put("a", "old");
    const url = await start("a", `&ifGenerationMatch=${generation}`);
    await chunk(url, "hel", "0-2/5");
    await emulator.put("a", "newer");
    expect(refusalOf(await chunk(url, "lo", "3-4/5"))).toEqual(PRECONDITION_FAILED);
    expect(await emulator.read("a")).toBe("newer");
    expect(files("contents")).toHaveLength(1);
  });

  test("is checked against the sum of its start or of its end, and is over if that is wrong", async () => {
    for (const [resource, headers] of [
      [{ crc32c: "AAAAAA==" }, {}],
      [{}, { "x-goog-hash": "crc32c=AAAAAA==" }],
    ]) {
      const url = await start("a", "", resource);
      expect(refusalOf(await chunk(url, "hello", "0-4/5", headers))).toEqual(INVALID);
      expect(refusalOf(await chunk(url, "hello", "0-4/5"))).toEqual(NOT_FOUND);
    }
    expect([await emulator.stat("a"), files("contents"), files("uploads")]).toEqual([undefined, [], []]);
  });

  test("can be cancelled", async () => {
    const url = await start("a");
    await chunk(url, "hel", "0-2/*");
    expect((await emulator.ask("DELETE", url)).statusCode).toBe(499);
    expect(refusalOf(await chunk(url, "lo", "3-4/5"))).toEqual(NOT_FOUND);
    expect(files("uploads")).toEqual([]);
  });

  test.each(["none", "..%2F..%2Fa", "0".repeat(36)])("of the id %s does not exist", async (id) => {
    expect(refusalOf(await chunk(`${UPLOAD}?uploadType=resumable&upload_id=${id}`, "x"))).toEqual(NOT_FOUND);
  });

  test("answers a client that takes 308 for a redirect with 200 and a header", async () => {
    const { statusCode, headers } = await chunk(await start("a"), "hel", "0-2/*", { "x-guploader-no-308": "yes" });
    expect([statusCode, headers["x-http-status-code-override"], headers.range]).toEqual([200, "308", "bytes=0-2"]);
  });

  test("keeps nothing of a chunk that breaks off, and goes on before it", async () => {
    const url = await start("a");
    await chunk(url, "hel", "0-2/*");
    const socket = await connected();
    socket.write(`PUT ${url} HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n`);
    socket.write(`Content-Range: bytes 3-2000002/*\r\n\r\n${"x".repeat(500_000)}`);
    await eventually(() => sizeOf("uploads", ".content") > 3);
    socket.destroy();
    expect(await progress(url)).toEqual([308, "bytes=0-2"]);
    expect((await chunk(url, "lo", "3-4/5")).json()).toMatchObject({ size: "5", crc32c: HELLO });
    expect([await emulator.read("a"), sizeOf("contents")]).toEqual(["hello", 5]);
  });

  test("tells its progress after the chunk that is under way", async () => {
    const url = await start("a");
    const socket = await connected();
    socket.write(`PUT ${url} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Range: bytes 0-4/*\r\n\r\nhel`);
    await eventually(() => sizeOf("uploads", ".content") === 3);
    const asked = progress(url);
    await sleep(50);
    socket.write("lo");
    expect(await asked).toEqual([308, "bytes=0-4"]);
    socket.destroy();
  });

  test("takes chunks that arrive at once one after another", async () => {
    const url = await start("a");
    const answers = await Promise.all(Array.from({ length: 8 }, () => chunk(url, "hello", "0-4/5")));
    const generations = answers.map((answer) => answer.json().generation);
    expect(new Set(generations).size).toBe(1);
    expect(files("contents")).toHaveLength(1);
  });
});

test("what a killed server left half done is removed by the next", async () => {
  await emulator.put("a", "hello");
  await emulator.put("b", "hello");
  const [record] = files("records");
  rmSync(join(emulator.folder, BUCKET, "records", record));
  expect(files("contents")).toHaveLength(2);
  await emulator.restart();
  expect(files("contents")).toHaveLength(1);
});

/** The size of the one file in a folder, or of the one whose name ends so. */
function sizeOf(folder: string, ending = ""): number {
  const [file, ...others] = files(folder).filter((name) => name.endsWith(ending));
  expect(others).toEqual([]);
  return statSync(join(emulator.folder, BUCKET, folder, file)).size;
}

async function connected(): Promise<Socket> {
  const socket = connect(emulator.port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

async function eventually(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 5_000; !condition(); await sleep(10)) {
    if (Date.now() > end) {
      throw new Error("it did not come about in five seconds");
    }
  }
}
