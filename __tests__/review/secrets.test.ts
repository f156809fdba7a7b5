/** Which identity may read which secret, and what a change of one does. */
import { Secret } from "../../lib";
import { compareStacks } from "../../lib/review/changes/compare";
import { secretBlocks } from "../../lib/review/page/secrets-table";
import { identitySection } from "../../lib/review/page/identity-section";
import { appsOf } from "../../lib/review/apps/apps";
import { markdown } from "../../lib/review/format/markdown";
import { stackPage } from "../../lib/review/page/stack-page";
import { change, cloudStack, declaration, localStack } from "../support/review";

const secrets = (version: string) => ({ DB_PASSWORD: Secret.fromSecretManager("db-password", { version }) });
const NAME = "projects/demo-project-123/secrets/db-password";

/** The words of what is shown. */
const words = (shown: unknown) =>
  JSON.stringify(shown, (key, value) => (key === "kind" || key === "head" ? undefined : value));

test("the page says which secret is given as what, and when the newest one is read", () => {
  const [table] = secretBlocks(
    declaration({
      secrets: { DB_PASSWORD: { secret: NAME, version: "3" } },
      secretFiles: { "/run/secrets/key": { secret: NAME, version: "latest" } },
    }),
    "vm",
  );
  const text = words(table);
  expect(text).toContain("DB_PASSWORD");
  expect(text).toContain(`${NAME}/versions/3`);
  expect(text).toContain("/run/secrets/key");
  expect(text).toMatch(/versions\/latest.*the newest version, read whenever the container starts/);
  expect(secretBlocks(declaration(), "vm")).toEqual([]);
});

test("on the local stack they come from whoever deploys", () => {
  const secrets = { DB_PASSWORD: { secret: "projects/local/secrets/db-password", version: "latest" } };
  const page = markdown(stackPage(localStack(undefined, { secrets }), "local"));
  expect(page).toContain("| from a variable of who deploys, or of the secrets file |");
  expect(page).toMatch(/secret in environment variable .*DB_PASSWORD.* \| `DB_PASSWORD` \|/);
  expect(page).not.toMatch(/projects\/local|newest version|from Secret Manager/);
});

test("the app's identity may read exactly these", () => {
  const stack = cloudStack({ props: { secrets: secrets("3") } });
  const [app] = appsOf(stack);
  const [, , table] = identitySection(app, stack);
  const rows = (table as unknown as { rows: unknown[] }).rows.map(words).filter((row) => row.includes("secret"));
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatch(
    new RegExp(`read secrets.*secret manager secret.*${NAME}.*roles/secretmanager.secretAccessor`),
  );
});

const changes = (before: object, after: object) =>
  change({ props: before }, { props: after }).apps.flatMap((app) =>
    app.changes.filter(({ what }) => what.startsWith("secret")),
  );

test.each([
  ["another version", { secrets: secrets("3") }, { secrets: secrets("4") }, `${NAME}/versions/3`, `${NAME}/versions/4`],
  ["a new one", {}, { secrets: secrets("3") }, undefined, `${NAME}/versions/3`],
  ["one that goes", { secrets: secrets("3") }, {}, `${NAME}/versions/3`, undefined],
])("%s restarts the app", (_, before, after, old, wanted) => {
  expect(changes(before, after)).toEqual([
    {
      what: "secret in environment variable",
      name: "DB_PASSWORD",
      before: old,
      after: wanted,
      effect: "app restarts",
    },
  ]);
});

test("what has not changed is not said", () => {
  const stack = cloudStack({ props: { secrets: secrets("3") } });
  expect(compareStacks(stack, stack).apps.flatMap((app) => app.changes)).toEqual([]);
});

test("a declaration that was written by hand is shown as far as it can be", () => {
  const odd = { secrets: "x", secretFiles: { "/a": "y" } } as never;
  expect(secretBlocks(declaration(odd), "vm")).toEqual([]);
});

test("a secret that becomes plain is a new exposure", () => {
  const after = { environment: { DB_PASSWORD: "hunter2" } };
  const { exposures } = change({ props: { secrets: secrets("3") } }, { props: after });
  expect(exposures.map(({ values }) => values)).toEqual([["DB_PASSWORD"]]);
  expect(change({ props: after }, { props: { environment: { DB_PASSWORD: "other" } } }).exposures).toEqual([]);
});
