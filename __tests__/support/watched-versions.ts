import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Declaration } from "../../lib/boot/declaration";
import { sample } from "./sample-declaration";
import { hashOf, WatchedMachine } from "./watched-machine";

export const hash = (declaration: Declaration) => hashOf(JSON.stringify(declaration));
export const short = (declaration: Declaration) => hash(declaration).slice(0, 12);
/** A version whose app does what its tag says. */
export const version = (tag: string, options: Partial<Declaration> = {}) => sample({ image: `app:${tag}`, ...options });
export const [ONE, TWO] = [version("1"), version("2")];

const proven = new Map<string, WatchedMachine>();

/** A machine on which a version has proven itself. It does so once in each file of tests: the others are copies. */
export function machineWith(
  declaration = ONE,
  images = [declaration.image, declaration.gcsfuse.image],
): WatchedMachine {
  const key = JSON.stringify([declaration, images]);
  const machine = proven.get(key) ?? new WatchedMachine();
  if (!proven.has(key)) {
    machine.setImages(...images);
    machine.setMetadata({ declaration });
    machine.watch(30);
    expect(machine.onDisk("declaration")).toBe(JSON.stringify(declaration));
    proven.set(key, machine);
  }
  return machine.copy();
}

/** What runs on the machine, is what is configured, and which state that is. */
export function expectRunning(machine: WatchedMachine, declaration: Declaration, mounts = declaration.mounts.length) {
  const units = ["app.service", ...Array.from({ length: mounts }, (_, index) => `gcsfuse@${index}.service`)];
  expect(Object.keys(machine.unitVersions)).toEqual(units);
  expect(machine.unitVersions["app.service"]).toBe(hash(declaration));
  expect(machine.configured).toBe(hash(declaration));
  expect(readFileSync(join(machine.run, "running"), "utf8")).toBe(hash(declaration));
}

export const takenBack = (declaration: Declaration, why: string) =>
  `failed declaration ${short(declaration)} was taken back, and the one before runs: ${why}`;
export const ENDED = "the app ended with exit code 3";
