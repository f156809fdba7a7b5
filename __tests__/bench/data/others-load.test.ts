import { busySeconds, isTooBusy } from "./others-load";

test("the seconds of all processors are those in user and system mode", () => {
  expect(busySeconds("cpu  100 20 30 5000 7 0 9 0 0 0\ncpu0 1 2 3 4\n")).toBe(1.5);
});

test.each([
  [{ before: 0.4, meanwhile: 0.2 }, false],
  [{ before: 11, meanwhile: 0.2 }, true],
  [{ before: 0.4, meanwhile: 1.3 }, true],
])("%j", (load, busy) => {
  expect(isTooBusy(load)).toBe(busy);
});
