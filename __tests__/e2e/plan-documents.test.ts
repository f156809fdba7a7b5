/** Keeps docs/changes/ true: what git, Terraform and the review say of changes of a deployed app. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changeDocument, indexDocument, ReviewedChange } from "./support/changes/change-document";
import { CHANGES } from "./support/changes/changes";
import { PROGRAM, WikiProject } from "./support/changes/wiki-project";
import { describeWithProviders } from "./support/jest/with-providers";
import { Google, startGoogle } from "./support/simulated/google-cloud";
import { withoutContextHashes } from "./support/simulated/providers/recorded-question";

const folder = join(__dirname, "..", "..", "docs", "changes");
const ids = CHANGES.map(({ id }) => id);

/** Terraform's own resources have ids by chance. */
function withoutRandomIds(text: string): string {
  return text.replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "00000000-0000-0000-0000-000000000000");
}

/** The page as it is committed, or is written with E2E_RECORD=1, must be what the tools say. */
function expectDocument(name: string, text: string): void {
  const file = join(folder, name);
  if (process.env.E2E_RECORD) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, text);
  }
  expect(readFileSync(file, "utf8")).toBe(text);
}

describeWithProviders("the changes in docs/changes", () => {
  const reviewed: Record<string, ReviewedChange> = {};
  let google: Google;
  let project: WikiProject;

  beforeAll(async () => {
    google = await startGoogle({ projects: [{ projectId: "my-project" }] });
    // The app's images are in it already.
    const name = "projects/my-project/locations/us-east1/repositories/my-images";
    google.state.repositories[name] = { name, format: "DOCKER" };
    project = new WikiProject(google.env);
    await project.deploy();
  });
  afterAll(async () => {
    project.remove();
    await google.close();
  });
  afterEach(() => project.undo());

  test("without an edit there is no change", async () => {
    const { plan, review, exitCode } = await project.review();
    expect(plan).toMatch(/^No changes/m);
    expect(review).toContain("Nothing changes.");
    expect(exitCode).toBe(0);
  });

  test.each(CHANGES)("$id.md is what the tools say", async (change) => {
    await project.edit(change.file, change.edit);
    const [edit, diff] = [await project.diff(change.file), await project.diffOfStack()];
    const { plan, review, exitCode } = await project.review();
    const numbered = JSON.parse(withoutRandomIds(withoutContextHashes(JSON.stringify({ diff, plan, review }))));
    reviewed[change.id] = { change, edit, exitCode, ...numbered };
    expectDocument(`${change.id}.md`, changeDocument(reviewed[change.id]));
  });

  test("the index has all of them, and the folder nothing else", () => {
    expectDocument("README.md", indexDocument(readFileSync(PROGRAM, "utf8"), Object.values(reviewed)));
    expect(readdirSync(folder).sort()).toEqual([...ids.map((id) => `${id}.md`), "README.md"].sort());
  });

  test("a changed environment value is a plan of at most 15 lines with both values, and a diff of at most 2 kB", () => {
    const { plan, diff } = reviewed["environment-value"];
    const [, changes] = /will perform the following actions:\n(.*)\nPlan: /s.exec(plan) ?? [];
    // Terraform's comments name the resource and count what it hides.
    const lines = changes.split("\n").filter((line) => /^\s*[^\s#]/.test(line));
    expect(lines.length).toBeLessThanOrEqual(15);
    expect(lines).toContainEqual(expect.stringMatching(/~ LOG_LEVEL += "info" -> "debug"/));
    expect(Buffer.byteLength(diff)).toBeLessThanOrEqual(2048);
  });

  test("what could lose data or expose something ends with the exit code of a gate, and nothing else does", () => {
    const exitCodes = Object.fromEntries(ids.map((id) => [id, reviewed[id].exitCode]));
    const gated = { port: 1, https: 1, "ssh-open-to-the-world": 1, "delete-data-on-destroy": 1 };
    expect(exitCodes).toEqual({ ...Object.fromEntries(ids.map((id) => [id, 0])), ...gated });
  });
});
