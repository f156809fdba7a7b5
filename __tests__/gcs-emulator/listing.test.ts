import { join } from "node:path";
import { BucketStore } from "../../container/gcs-emulator/src/bucket-store";
import { createContent } from "../../container/gcs-emulator/src/content-writer";
import { BUCKET, Emulator, NOT_FOUND, refusalOf } from "../support/gcs-emulator";

let emulator: Emulator;
beforeEach(async () => {
  emulator = await Emulator.start(BUCKET);
});
afterEach(() => emulator.close());

interface Page {
  readonly items?: { name: string }[];
  readonly prefixes?: string[];
  readonly nextPageToken?: string;
}

const page = async (query: { [name: string]: string }): Promise<Page> =>
  (await emulator.ask("GET", `/storage/v1/b/${BUCKET}/o?${new URLSearchParams(query)}`)).json();
const list = async (query: { [name: string]: string } = {}) => {
  const { items = [], prefixes = [], nextPageToken } = await page(query);
  expect(nextPageToken).toBeUndefined();
  return { items: items.map(({ name }) => name), prefixes };
};
const put = async (...names: string[]) => {
  for (const name of names) {
    await emulator.put(name);
  }
};

test("an empty bucket has neither items nor prefixes", async () => {
  expect(await page({})).toEqual({ kind: "storage#objects" });
});

test("the order is that of UTF-8's bytes, which is not that of JavaScript's strings", async () => {
  // U+1F600 is two surrogates in UTF-16, which sort before U+FF5E.
  await put("b", "\u{1f600}", "\uff5e", "a/b", "a", "B", "a b", "é");
  expect((await list()).items).toEqual(["B", "a", "a b", "a/b", "b", "é", "\uff5e", "\u{1f600}"]);
});

test("an object and a folder of the same name are two things", async () => {
  await put("a", "a/b");
  expect(await list({ delimiter: "/" })).toEqual({ items: ["a"], prefixes: ["a/"] });
});

test("a delimiter groups what follows the prefix", async () => {
  await put("x", "p/1", "p/2", "p/q/1", "p/q/2", "p/r/s/1", "pp");
  expect(await list({ delimiter: "/" })).toEqual({ items: ["pp", "x"], prefixes: ["p/"] });
  expect(await list({ delimiter: "/", prefix: "p/" })).toEqual({
    items: ["p/1", "p/2"],
    prefixes: ["p/q/", "p/r/"],
  });
  expect(await list({ delimiter: "/", prefix: "p" })).toEqual({ items: ["pp"], prefixes: ["p/"] });
  expect(await list({ prefix: "p/q" })).toEqual({ items: ["p/q/1", "p/q/2"], prefixes: [] });
  expect(await list({ prefix: "none" })).toEqual({ items: [], prefixes: [] });
});

test("a folder's placeholder is an item of its own folder, and of its parent only if that is asked for", async () => {
  await put("folder/", "folder/file", "other/file");
  expect(await list({ delimiter: "/" })).toEqual({ items: [], prefixes: ["folder/", "other/"] });
  expect(await list({ delimiter: "/", includeTrailingDelimiter: "true" })).toEqual({
    items: ["folder/"],
    prefixes: ["folder/", "other/"],
  });
  expect(await list({ delimiter: "/", prefix: "folder/" })).toEqual({
    items: ["folder/", "folder/file"],
    prefixes: [],
  });
});

test("offsets: from the first, up to but not including the last", async () => {
  await put("a", "b", "c", "d");
  expect((await list({ startOffset: "b" })).items).toEqual(["b", "c", "d"]);
  expect((await list({ endOffset: "c" })).items).toEqual(["a", "b"]);
  expect((await list({ startOffset: "b", endOffset: "d" })).items).toEqual(["b", "c"]);
});

describe("pages", () => {
  const pages = async (query: { [name: string]: string }) => {
    const all: Page[] = [];
    let pageToken = "";
    do {
      const found = await page({ ...query, ...(pageToken && { pageToken }) });
      all.push(found);
      pageToken = found.nextPageToken ?? "";
    } while (pageToken);
    return all.map(({ items = [], prefixes = [] }) => [...items.map(({ name }) => name), ...prefixes]);
  };

  test("have as many entries as asked for, each once, and items and prefixes count alike", async () => {
    await put("a", "b/1", "b/2", "c", "d/1", "é");
    expect(await pages({ maxResults: "2", delimiter: "/" })).toEqual([["a", "b/"], ["c", "d/"], ["é"]]);
    expect(await pages({ maxResults: "4" })).toEqual([
      ["a", "b/1", "b/2", "c"],
      ["d/1", "é"],
    ]);
  });

  test("go on in the order of UTF-8's bytes", async () => {
    await put("\u{1f600}", "\uff5e");
    expect(await pages({ maxResults: "1" })).toEqual([["\uff5e"], ["\u{1f600}"]]);
  });

  test("go on after the last entry, even where that was deleted meanwhile", async () => {
    await put("a", "b", "c");
    const { nextPageToken } = await page({ maxResults: "2" });
    await emulator.ask("DELETE", emulator.object("b"));
    await put("bb");
    expect((await list({ pageToken: nextPageToken! })).items).toEqual(["bb", "c"]);
  });

  test("have 1000 entries at most", async () => {
    const store = new BucketStore(join(emulator.folder, BUCKET));
    for (let index = 0; index < 1001; index += 1) {
      const content = createContent(store.contentPath(store.newContentFile()));
      store.put({ name: String(index).padStart(4, "0"), attributes: {}, content }, {});
    }
    await emulator.restart();
    expect((await pages({})).map(({ length }) => length)).toEqual([1000, 1]);
    expect((await pages({ maxResults: "5000" })).map(({ length }) => length)).toEqual([1000, 1]);
  });
});

test("items are whole resources", async () => {
  const written = await emulator.put("a", "hello");
  expect((await page({})).items).toEqual([written]);
});

test("a bucket that does not exist has no listing", async () => {
  expect(refusalOf(await emulator.ask("GET", "/storage/v1/b/none/o"))).toEqual(NOT_FOUND);
});
