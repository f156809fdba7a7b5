import { underDifferentCircumstances } from "../support/circumstances";

test.each<[string, () => unknown]>([
  ["day", () => Math.floor(Date.now() / 86_400_000)],
  ["year", () => new Date().getFullYear()],
  ["process", () => process.pid],
  ["chance", () => Math.random()],
])("what depends on the %s comes out differently", (_, make) => {
  const before = process.pid;
  const [one, another] = underDifferentCircumstances(make);
  expect(another).not.toEqual(one);
  expect(process.pid).toBe(before);
});
