import { invalidInput, quote } from "../../lib/checks/invalid-input";

test("a value of 200 characters is shown whole", () => {
  const text = "x".repeat(198);
  expect(quote(text)).toBe(`"${text}"`);
});

test("of a longer one its beginning and its length", () => {
  expect(quote("x".repeat(199))).toBe(`"${"x".repeat(199)}… (201 characters)`);
  expect(quote(Array(1000).fill("ab"))).toMatch(/^\["ab",.{194}… \(5001 characters\)$/);
  expect(invalidInput("name", "x".repeat(10 ** 6), "use less").message.length).toBeLessThan(300);
});

test("a character of two halves is not cut in two", () => {
  expect(quote(`${"x".repeat(198)}😀😀`)).toBe(`"${"x".repeat(198)}… (204 characters)`);
});
