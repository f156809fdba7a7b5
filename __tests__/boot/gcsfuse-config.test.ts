import fc from "fast-check";
import { mergeGcsfuseConfig } from "../../lib/boot/gcsfuse-config";
import { GcsfuseConfig } from "../../lib/boot/declaration";

/** A config file's content: sections in sections, with lists and plain values. */
const key = fc.stringMatching(/^[a-z]{1,3}$/);
const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string()));
const { config } = fc.letrec<{ config: GcsfuseConfig }>((tie) => ({
  config: fc.dictionary(key, fc.oneof({ maxDepth: 3 }, value, tie("config")), { maxKeys: 4 }),
}));

test("a later value wins", () => {
  expect(mergeGcsfuseConfig({ a: 1, b: 1 }, { a: 2 }, { a: 3 })).toEqual({ a: 3, b: 1 });
});

test("sections are merged key by key", () => {
  expect(mergeGcsfuseConfig({ s: { a: 1, b: { c: 1 } } }, { s: { b: { d: 2 } } })).toEqual({
    s: { a: 1, b: { c: 1, d: 2 } },
  });
});

test("a list replaces a list, a value a section, and a section a value", () => {
  expect(mergeGcsfuseConfig({ a: [1, 2], b: { c: 1 }, d: 1 }, { a: [3], b: 2, d: { e: 1 } })).toEqual({
    a: [3],
    b: 2,
    d: { e: 1 },
  });
});

test("what is not given changes nothing", () => {
  expect(mergeGcsfuseConfig({ a: 1 }, { a: undefined, b: undefined })).toEqual({ a: 1 });
});

test("merging with nothing, or with itself, changes nothing", () => {
  fc.assert(
    fc.property(config, (one) => {
      expect(mergeGcsfuseConfig(one, {})).toEqual(one);
      expect(mergeGcsfuseConfig({}, one)).toEqual(one);
      expect(mergeGcsfuseConfig(one, one)).toEqual(one);
    }),
  );
});

test("merging in steps gives the same as merging at once", () => {
  fc.assert(
    fc.property(config, config, config, (a, b, c) => {
      const all = mergeGcsfuseConfig(a, b, c);
      expect(mergeGcsfuseConfig(mergeGcsfuseConfig(a, b), c)).toEqual(all);
    }),
  );
});

test("every value of the last config is in the result", () => {
  const holds = (result: GcsfuseConfig, last: GcsfuseConfig): void =>
    Object.entries(last).forEach(([name, given]) => {
      if (typeof given === "object" && given !== null && !Array.isArray(given)) {
        holds(result[name] as GcsfuseConfig, given as GcsfuseConfig);
      } else {
        expect(result[name]).toEqual(given);
      }
    });
  fc.assert(fc.property(config, config, (one, last) => holds(mergeGcsfuseConfig(one, last), last)));
});

test("what is merged is not changed", () => {
  fc.assert(
    fc.property(config, config, (one, other) => {
      const before = JSON.stringify([one, other]);
      mergeGcsfuseConfig(one, other);
      expect(JSON.stringify([one, other])).toBe(before);
    }),
  );
});
