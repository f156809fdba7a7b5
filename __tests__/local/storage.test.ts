import * as fs from "node:fs";
import { rmSync } from "node:fs";
import { checkBundle } from "../../lib/local/storage";
import { folderWith } from "../support/folder";
import { synthesizeLocalApp } from "../support/local";

afterEach(() => jest.restoreAllMocks());

test.each([
  [{ "server.js": "" }, '"list-objects.js"'],
  [{}, '"server.js" and "list-objects.js"'],
])("an emulator that was not bundled is an error at synthesis, which says what to run", (files, missing) => {
  const context = folderWith(files);
  try {
    expect(() => checkBundle(context)).toThrow(
      `the bundle of the Cloud Storage emulator is not complete, without ${missing}: "npm ci" builds it, unless it ignores scripts: run "npm run bundle" in gcs-backed-container-app`,
    );
  } finally {
    rmSync(context, { recursive: true });
  }
});

test("the local stack checks it", () => {
  const { existsSync } = fs;
  jest
    .spyOn(jest.requireActual<typeof fs>("fs"), "existsSync")
    .mockImplementation((path) => !String(path).endsWith("/gcs-emulator/server.js") && existsSync(path));
  expect(() => synthesizeLocalApp()).toThrow('is not complete, without "server.js": ');
});
