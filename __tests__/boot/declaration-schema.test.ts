/** declaration.py judges by the schema as a validator of JSON Schema does: what one side takes, the other takes too. */
import Ajv2020 from "ajv/dist/2020";
import fc from "fast-check";
import { join } from "node:path";
import { declarationPy, refusals } from "../support/rendered";
import { mountOf, sample } from "../support/sample-declaration";
import { folderWith, textOf } from "../support/folder";

const schema = JSON.parse(textOf(join(__dirname, "../../lib/boot/declaration.schema.json")));
const isValid = new Ajv2020({ strict: true }).compile(schema);

/** Text without halves of surrogate pairs: see below. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "\0", "\n", "a\n", "a", "\u0301", "\u2028", "/"),
);
const matching = (pattern: RegExp) => fc.oneof({ weight: 20, arbitrary: fc.stringMatching(pattern) }, text);
const image = matching(/^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,9}$/);
const anything = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    1,
    -1,
    1.5,
    80,
    81,
    65535,
    65536,
    4294967294,
    4294967295,
    "",
    "1",
    [],
    {},
    [1],
  ),
  text,
  fc.jsonValue({ maxDepth: 2, noUnicodeString: false }).filter((value) => !/\\ud[89a-f]/i.test(JSON.stringify(value))),
);
const list = fc.oneof(fc.array(text.filter((value) => !value.includes("\0"))), fc.array(text));
const config = fc.dictionary(text, fc.oneof(anything, fc.dictionary(text, anything)), { noNullPrototype: true });
const optional = { noNullPrototype: true } as const;

const port = fc.record(
  {
    containerPort: fc.integer({ min: 0, max: 65536 }),
    hostPort: fc.integer({ min: 1, max: 65535 }),
    hostAddress: matching(/^[0-9]{1,3}(\.[0-9]{1,3}){3}$/),
    protocol: fc.constantFrom("tcp", "udp"),
  },
  { ...optional, requiredKeys: ["containerPort", "hostPort", "protocol"] },
);
const mount = fc.record(
  {
    path: matching(/^\/[^\0-\x1f]{0,8}[^/\0-\x1f]$/),
    bucket: matching(/^[a-z0-9_][a-z0-9_.-]{0,8}[a-z0-9_]$/),
    readOnly: fc.boolean(),
    uid: fc.oneof(fc.nat(), fc.constant(4294967294)),
    gid: fc.nat(),
    gcsfuseConfig: config,
  },
  { ...optional, requiredKeys: ["path", "bucket", "readOnly", "gcsfuseConfig"] },
);
const secretVersion = fc.record(
  {
    secret: matching(/^projects\/[a-z0-9.:-]{1,9}\/secrets\/[A-Za-z0-9_-]{1,9}$/),
    version: matching(/^([1-9][0-9]{0,2}|latest)$/),
  },
  { ...optional, requiredKeys: ["secret", "version"] },
);
const disk = fc.record(
  {
    name: matching(/^[a-z][a-z0-9-]{0,9}$/),
    path: matching(/^\/[^\0-\x1f]{0,8}[^/\0-\x1f]$/),
    disk: matching(/^[a-z][a-z0-9-]{0,9}$/),
    anyFileSystem: fc.boolean(),
  },
  { ...optional, requiredKeys: ["name", "path"] },
);
const seconds = fc.integer({ min: 1, max: 86400 });
const healthCheck = fc.record(
  {
    command: list,
    intervalSeconds: seconds,
    timeoutSeconds: seconds,
    retries: fc.integer({ min: 1, max: 1000 }),
    startPeriodSeconds: seconds,
  },
  optional,
);
/** One at most: that two have one name is nothing that the schema could say. */
const sidecars = fc.array(
  fc.record(
    {
      name: matching(/^[a-z]([a-z0-9-]{0,5}[a-z0-9])?$/).filter((name) => name !== "app"),
      image,
      entrypoint: list,
      args: list,
      environment: fc.dictionary(matching(/^[A-Za-z_][A-Za-z0-9_.-]{0,9}$/), text, { noNullPrototype: true }),
      user: matching(/^[A-Za-z0-9_]{1,9}$/),
      restartPolicy: fc.constantFrom("always", "on-failure", "no"),
      stopTimeoutSeconds: fc.integer({ min: 1, max: 80 }),
      memoryMib: fc.integer({ min: 6, max: 99 }),
      certificatesFor: list,
      healthCheck,
      ports: fc.array(port, { maxLength: 1 }),
      mounts: fc.array(mount, { maxLength: 1 }),
      secrets: fc.dictionary(matching(/^[A-Za-z_][A-Za-z0-9_.-]{0,9}$/), secretVersion, {
        maxKeys: 1,
        noNullPrototype: true,
      }),
    },
    {
      ...optional,
      requiredKeys: ["name", "image", "environment", "restartPolicy", "stopTimeoutSeconds", "ports", "mounts"],
    },
  ),
  { maxLength: 1 },
);
const REQUIRED: string[] = schema.required;
const declaration = fc.record(
  {
    schemaVersion: fc.constant(1),
    image,
    entrypoint: list,
    args: list,
    environment: fc.dictionary(matching(/^[A-Za-z_][A-Za-z0-9_.-]{0,9}$/), text, { noNullPrototype: true }),
    secrets: fc.dictionary(matching(/^[A-Za-z_][A-Za-z0-9_.-]{0,9}$/), secretVersion, {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    secretFiles: fc.dictionary(matching(/^\/[^\0-\x1f]{0,8}[^/\0-\x1f]$/), secretVersion, {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    user: matching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,5}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,5})?$/),
    restartPolicy: fc.constantFrom("always", "on-failure", "no"),
    stopTimeoutSeconds: fc.integer({ min: 1, max: 80 }),
    startTimeoutSeconds: fc.integer({ min: 1, max: 86400 }),
    httpCheck: fc.record(
      {
        containerPort: fc.integer({ min: 0, max: 65536 }),
        host: matching(/^[A-Za-z0-9.-]{1,9}$/),
        path: matching(/^\/[!-~]{0,9}$/),
        intervalSeconds: fc.integer({ min: 1, max: 3600 }),
        expectedStatus: fc.integer({ min: 200, max: 600 }),
      },
      { noNullPrototype: true, requiredKeys: ["containerPort", "host", "path", "intervalSeconds"] },
    ),
    updates: fc.constantFrom("replace", "overlap"),
    memoryMib: fc.integer({ min: 6, max: 16777216 }),
    ports: fc.array(port, { maxLength: 3 }),
    mounts: fc.array(mount, { maxLength: 2 }),
    disks: fc.array(disk, { maxLength: 1 }),
    sidecars,
    gcsfuse: fc.record({ image, privileged: fc.boolean() }, { noNullPrototype: true }),
    metadataServerAccess: fc.boolean(),
    registries: fc.array(matching(/^[A-Za-z0-9.-]{1,9}(:[0-9]{1,5})?$/), { maxLength: 2 }),
  },
  { ...optional, requiredKeys: REQUIRED as [] },
);

/** Every place in a document, as the keys to it. */
function placesIn(value: unknown, before: (string | number)[] = []): (string | number)[][] {
  const inside =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, item]) =>
          placesIn(item, [...before, Array.isArray(value) ? Number(key) : key]),
        )
      : [];
  return [before, ...inside];
}

/** The document with another value in a place, without that place, or with one more key beside it. */
function changed(
  document: unknown,
  place: (string | number)[],
  change: "set" | "drop" | "add",
  value: unknown,
): unknown {
  if (place.length === 0) return change === "set" ? value : document;
  const copy = structuredClone(document);
  const holder = place.slice(0, -1).reduce((inside, key) => (inside as never)[key], copy) as Record<string, unknown>;
  const key = place[place.length - 1];
  if (change === "drop" && Array.isArray(holder)) holder.splice(Number(key), 1);
  else if (change === "drop") delete holder[key];
  else if (change === "add" && !Array.isArray(holder)) holder["another"] = value;
  else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** A declaration, mostly valid, in which a few places are otherwise. */
const document = fc
  .tuple(
    declaration,
    fc.array(fc.tuple(fc.nat(), fc.constantFrom("set", "drop", "add"), anything), { maxLength: 2, size: "max" }),
  )
  .map(([one, changes]) =>
    changes.reduce<unknown>((result, [index, change, value]) => {
      const places = placesIn(result);
      return changed(result, places[index % places.length], change as "set", value);
    }, one),
  );

test("what is generated is valid and invalid, each often enough to say something", () => {
  const documents = fc.sample(document, { numRuns: 800, seed: 1 });
  const valid = documents.filter((one) => isValid(one)).length;
  expect(valid).toBeGreaterThan(60);
  expect(documents.length - valid).toBeGreaterThan(60);
});

test("both sides agree about any document", () => {
  fc.assert(
    fc.property(fc.array(document, { minLength: 40, maxLength: 60 }), (documents) => {
      const texts = documents.map((one) => JSON.stringify(one));
      const refused = refusals(texts);
      texts.forEach((one, index) => {
        const valid = isValid(JSON.parse(one));
        expect({ one, valid, refused: refused[index] }).toEqual({
          one,
          valid,
          refused: valid ? undefined : expect.any(String),
        });
      });
    }),
    { numRuns: 10 },
  );
});

const json = JSON.stringify(sample());
const withText = (from: string, to: string) => {
  expect(json).toContain(from);
  return json.replace(from, to);
};

test.each([
  ["a number that is whole, written with a point", withText('"hostPort":80,', '"hostPort":80.0,')],
  ["one with an exponent", withText('"hostPort":80,', '"hostPort":8e1,')],
  ["one that is not whole", withText('"hostPort":80,', '"hostPort":80.5,')],
  ["true instead of 1", withText('"schemaVersion":1', '"schemaVersion":true')],
  ["1.0 instead of 1", withText('"schemaVersion":1', '"schemaVersion":1.0')],
  ["1 instead of true", withText('"privileged":false', '"privileged":0')],
  ["an escaped key", withText('"image":"app:1"', String.raw`"im\u0061ge":"app:1"`)],
  ["a name of an object's own", withText('"environment":{}', '"environment":{"__proto__":"a","constructor":"b"}')],
  ["space around it", `\r\n\t ${json}\n`],
  ["another value after it", `${json} 1`],
  ["a byte order mark", `\ufeff${json}`],
  ["single quotes", json.replace(/"/g, "'")],
  ["a comment", `${json}// x`],
  ["a comma at the end", withText("]}", "],}")],
  ["a control character in a string", withText("app:1", "app:1\n")],
  ["nothing", ""],
  ["null", "null"],
  ["a list", `[${json}]`],
])("both sides agree about %s", (_, one) => {
  const parses = (() => {
    try {
      return isValid(JSON.parse(one));
    } catch {
      return false;
    }
  })();
  expect(refusals([one])).toEqual([parses ? undefined : expect.any(String)]);
});

test("a whole number arrives as one, however it was written", () => {
  const text80 = withText('"hostPort":80,', '"hostPort":8e1,').replace(":8080", ":8080.0");
  const folder = folderWith({ declaration: text80 });
  expect(declarationPy(["render", join(folder, "declaration"), folder]).stderr).toBe("");
  expect(textOf(join(folder, "app/options"))).toContain("--publish=80:8080/tcp\0");
});

describe("what a validator of JSON Schema cannot see is refused", () => {
  test.each([
    [
      "a key that is given twice",
      withText('"image":"app:1"', '"image":"app:1","image":"app:2"'),
      "a key is given twice",
    ],
    [
      "one of gcsfuse's config that is given twice",
      withText('"implicit-dirs":true', '"a":{"b":1,"b":1}'),
      "a key is given twice",
    ],
    ["NaN", withText('"implicit-dirs":true', '"a":NaN'), "NaN is no number"],
    ["an infinite number", withText('"implicit-dirs":true', '"a":-Infinity'), "-Infinity is no number"],
    ["a number that is too large to be held", withText('"implicit-dirs":true', '"a":[1e999]'), "a number is too large"],
    ["half of a surrogate pair", withText("{}", String.raw`{"A":"\ud83d"}`), "it has half of a surrogate pair"],
    ["one in a key", withText('"implicit-dirs":true', String.raw`"\udc00":1`), "it has half of a surrogate pair"],
    [
      "two halves in the wrong order",
      withText("{}", String.raw`{"A":"\ude00\ud83d"}`),
      "it has half of a surrogate pair",
    ],
    [
      "what is not UTF-8",
      Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from([0xff, 0x7d])]),
      "it is not UTF-8",
    ],
    ["half of a surrogate pair as bytes", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), "it is not UTF-8"],
  ])("%s", (_, one, reason) => {
    expect(refusals([one])).toEqual([reason]);
  });

  test.each([100_000, 2000, 990, 500, 110])("what is nested %d times, without a trace of the program", (depth) => {
    const nested = `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    const folder = folderWith({ declaration: withText('{"implicit-dirs":true}', nested), odd: nested, "split/x": "" });
    for (const args of [
      ["render", join(folder, "declaration"), join(folder, "target")],
      ["images", join(folder, "declaration")],
      ["split", join(folder, "odd"), join(folder, "split")],
    ]) {
      const { status, stderr } = declarationPy(args);
      expect(stderr).not.toContain("Traceback");
      expect(stderr === "").toBe(status === 0);
    }
    expect(declarationPy(["render", join(folder, "declaration"), join(folder, "target")])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/nested too deeply\n$/),
    });
  });

  test("a whole pair of surrogates is one character", () => {
    const folder = folderWith({ declaration: withText("{}", String.raw`{"A":"\ud83d\ude00"}`) });
    expect(declarationPy(["render", join(folder, "declaration"), folder]).status).toBe(0);
    expect(textOf(join(folder, "app/environment"))).toBe("A=😀\0");
  });
});

describe("the reason says where, and no value that could be a secret", () => {
  const SECRET = "hunter2";
  test.each<[object, string | RegExp]>([
    [{ environment: { A: SECRET + "\0" } }, String.raw`environment.A does not match ^[^\u0000]*$`],
    [{ environment: { A: [SECRET] } }, "environment.A has another type than string"],
    [{ environment: { [`1${SECRET}`]: "" } }, "a name in environment does not match ^[A-Za-z_][A-Za-z0-9_.-]*$"],
    [{ args: ["", SECRET + "\0"] }, String.raw`args[1] does not match ^[^\u0000]*$`],
    [{ user: SECRET + " " }, /^user does not match/],
    ...["0010", "08:1", "www-data:00"].map((user): [object, RegExp] => [{ user }, /^user does not match/]),
    ...["/", "/a/", "//a", "/srv/../etc", "/..", "/srv/.", "/./srv", "a", `/${"n".repeat(256)}`].map(
      (path): [object, RegExp] => [{ mounts: [mountOf({ path })] }, /^mounts\[0\].path does not match/],
    ),
    [{ restartPolicy: SECRET }, 'restartPolicy is none of ["always", "on-failure", "no"]'],
    [{ stopTimeoutSeconds: 81 }, "stopTimeoutSeconds is not from 1 to 80"],
    [{ mounts: [mountOf(), { ...mountOf(), uid: -1 }] }, "mounts[1].uid is not from 0 to 4294967294"],
    [{ mounts: [{ ...mountOf(), noCopy: "no" }] }, "mounts[0].noCopy has another type than boolean"],
    [{ ports: [{ containerPort: 1, hostPort: 1 }] }, "ports[0] has no protocol"],
    [{ gcsfuse: { image: "a" } }, "gcsfuse has no privileged"],
    [{ image: undefined }, "the declaration has no image"],
    [{ sidecar: SECRET }, 'the declaration has "sidecar", which this version does not know'],
    [{ schemaVersion: 2 }, "schemaVersion is none of [1]"],
  ])("%j", (change, reason) => {
    const folder = folderWith({ declaration: JSON.stringify({ ...sample(), ...change }) });
    const { status, stdout, stderr } = declarationPy(["render", join(folder, "declaration"), join(folder, "target")]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr.trimEnd()).toEqual(typeof reason === "string" ? reason : expect.stringMatching(reason));
    expect(stderr).not.toContain(SECRET);
  });
});

test.each(["/a", "/...", "/..a/.b/c..", "/ a", `/${"n".repeat(255)}`])("the path %s is valid", (path) => {
  const declaration = sample({ mounts: [mountOf({ path })] });
  expect(refusals([JSON.stringify(declaration)])).toEqual([undefined]);
  expect(isValid(declaration)).toBe(true);
});

test.each(["0", "0:0", "10:20", "007bond", "0.", "08-x:0_", "a:0a"])("the user %s is valid", (user) => {
  expect(refusals([JSON.stringify(sample({ user }))])).toEqual([undefined]);
  expect(isValid(sample({ user }))).toBe(true);
});

test("a part of JSON Schema that declaration.py does not know is not in the schema", () => {
  const known = [
    "$ref", "enum", "type", "pattern", "minimum", "maximum", "items", "required", "properties", "propertyNames",
    "additionalProperties", "description", "title", "$schema", "$defs",
  ]; // prettier-ignore
  const used = new Set<string>();
  const visit = (one: object | boolean) => {
    if (typeof one !== "object") return;
    for (const [key, value] of Object.entries(one)) {
      used.add(key);
      if (key === "properties" || key === "$defs") Object.values(value).forEach((inside) => visit(inside as object));
      if (["items", "propertyNames", "additionalProperties"].includes(key)) visit(value);
      // Both bounds at once, each pattern from end to end, and a text beside it.
      if (key === "minimum") expect(one).toHaveProperty("maximum");
      if (key === "pattern") expect(value).toMatch(/^\^[^|]*\$$/);
      // declaration.py goes on with what it refers to alone.
      if (key === "$ref") expect(Object.keys(one).filter((name) => name !== "description")).toEqual(["$ref"]);
    }
  };
  visit(schema);
  expect([...used].filter((key) => !known.includes(key))).toEqual([]);
});
