import { classCounts, dollarsPerMillion, isBilled } from "./request-costs";

test("a gallery that is looked up and read costs what its list and its reads do", () => {
  const counts = { list: 1, stat: 10, read: 100 };
  expect(classCounts(counts)).toEqual({ A: 1, B: 110, free: 0 });
  expect(dollarsPerMillion(counts)).toBeCloseTo(5 + 44);
});

test("a resumable upload is one operation, and a removal none", () => {
  const counts = { "upload-start": 1, "upload-chunk": 7, delete: 1 } as const;
  expect(classCounts(counts)).toEqual({ A: 1, B: 0, free: 8 });
  expect(dollarsPerMillion(counts)).toBe(5);
});

test("what is refused is not billed", () => {
  expect([200, 206, 308, 404, 412, 500].map(isBilled)).toEqual([true, true, true, false, false, false]);
});
