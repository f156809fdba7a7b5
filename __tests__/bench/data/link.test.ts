import { Bandwidth, LINK, latencyMs } from "./link";

test("the latencies are those of a bucket in the same region", () => {
  expect(LINK.firstByteMs).toBeGreaterThanOrEqual(20);
  expect(LINK.firstByteMs).toBeLessThanOrEqual(45);
  expect(LINK.metadataMs).toBeGreaterThanOrEqual(5);
  expect(LINK.metadataMs).toBeLessThanOrEqual(15);
  expect([latencyMs("read"), latencyMs("insert"), latencyMs("stat"), latencyMs("list")]).toEqual([30, 30, 10, 10]);
});

test("all streams share the bandwidth", () => {
  const megabyteIn8Ms = new Bandwidth(1e9);
  expect(megabyteIn8Ms.reserve(1e6, 0)).toBeCloseTo(6);
  expect(megabyteIn8Ms.reserve(1e6, 0)).toBeCloseTo(14);
  expect(megabyteIn8Ms.reserve(1e6, 20)).toBeCloseTo(6);
});

test("what passes in less than a timer's grain does not wait, and an idle link saves nothing up", () => {
  const link = new Bandwidth(1e9);
  expect(link.reserve(1000, 0)).toBe(0);
  expect(link.reserve(1e6, 1000)).toBeCloseTo(6);
});
