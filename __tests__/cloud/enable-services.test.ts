import { spawn } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";
import { once } from "node:events";
import { createServer, IncomingMessage, Server } from "node:http";
import { AddressInfo } from "node:net";
import { join } from "node:path";
import { enableServices } from "../../lib/cloud/enable-services.cjs";
import { folderWith } from "../support/folder";

const SCRIPT = join(__dirname, "../../lib/cloud/enable-services.cjs");
const PROJECT = "demo-project-123";
const api = (name: string) => `${name}.googleapis.com`;

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: IncomingMessage["headers"];
}

interface Answer {
  readonly status: number;
  readonly body: object | string;
}

const error = (code: number, message: string, reason?: string): Answer => ({
  status: code,
  body: { error: { code, message, details: [{ reason }] } },
});
const OFF = error(403, "The API has not been used in project 1 before or it is disabled.", "SERVICE_DISABLED");

/** Simulated: Service Usage and the APIs that the script asks, each at a path of its own name. */
class FakeGoogle {
  readonly requests: Request[] = [];
  /** Taken instead of an answer of its own, in this order; undefined for "as usual". */
  readonly next: (Answer | undefined)[] = [];
  /** How often each probed API still says that it is off. */
  readonly stillOff: { [name: string]: number } = {};
  readonly enabled: Set<string>;
  /** Answers every request that matches. */
  refusal: ((request: Request) => Answer | undefined) | undefined;
  private readonly server: Server;

  constructor(enabled: string[]) {
    this.enabled = new Set(enabled.map(api));
    this.server = createServer(async (incoming, response) => {
      let text = "";
      for await (const block of incoming) {
        text += block;
      }
      const { method = "", url: path = "", headers } = incoming;
      const request = { method, path, headers, body: text === "" ? undefined : JSON.parse(text) };
      this.requests.push(request);
      const { status, body } = this.next.shift() ?? this.refusal?.(request) ?? this.answer(request);
      response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
    });
  }

  async listen(): Promise<void> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  /** What Terraform gives the script, and where it finds this server. */
  environment(services: string[]) {
    const { port } = this.server.address() as AddressInfo;
    const names = ["SERVICE_USAGE", "ARTIFACT_REGISTRY", "RESOURCE_MANAGER", "COMPUTE", "IAM", "STORAGE"];
    return {
      ACCESS_TOKEN: "token-1",
      PROJECT,
      REGION: "us-east1",
      SERVICES: services.map(api).join(","),
      ...Object.fromEntries(
        names.map((name) => [`GOOGLE_${name}_CUSTOM_ENDPOINT`, `http://127.0.0.1:${port}/${name.toLowerCase()}`]),
      ),
    };
  }

  /** Method and path of what was asked, without the listings. */
  get changes(): string[] {
    return this.requests.filter(({ method }) => method === "POST").map(({ method, path }) => `${method} ${path}`);
  }

  probesOf(name: string): Request[] {
    return this.requests.filter(({ path }) => path.startsWith(`/${name}/`));
  }

  private answer({ method, path, body }: Request): Answer {
    const [, host, rest] = /^\/(\w+)\/(.*)$/.exec(path)!;
    if (host !== "service_usage") {
      this.stillOff[host] = (this.stillOff[host] ?? 0) - 1;
      return this.stillOff[host] >= 0 ? OFF : { status: 200, body: {} };
    }
    const services = `projects/${PROJECT}/services`;
    if (method === "GET" && rest.startsWith(`${services}:batchGet?`)) {
      const names = new URLSearchParams(rest.split("?")[1]).getAll("names");
      const states = names.map((name) => ({
        name: name.replace(PROJECT, "1234567"),
        state: this.enabled.has(name.split("/").pop()!) ? "ENABLED" : "DISABLED",
      }));
      return { status: 200, body: { services: states } };
    }
    const [, single] = new RegExp(`^${services}/([^/:]+):enable$`).exec(rest) ?? [];
    const ids = single ? [single] : rest === `${services}:batchEnable` && (body as { serviceIds: string[] }).serviceIds;
    if (method === "POST" && ids && (single || ids.length > 1)) {
      ids.forEach((id) => this.enabled.add(id));
      return { status: 200, body: { name: "operations/1" } };
    }
    return error(404, `${method} ${path} is not simulated`);
  }
}

let google: FakeGoogle;
let waited: number[];
let now: number;

/** Time passes in pauses only. */
const clock = {
  now: () => now,
  pause: async (milliseconds: number) => {
    waited.push(milliseconds);
    now += milliseconds;
  },
};
const start = async (enabled: string[]) => {
  google = new FakeGoogle(enabled);
  await google.listen();
};
const run = (services: string[]) => enableServices(google.environment(services), clock);

beforeEach(() => {
  waited = [];
  now = 0;
});
afterEach(() => google.close());

test("where all are on it asks once, and changes nothing", async () => {
  await start(["compute", "storage"]);
  await run(["compute", "storage"]);
  expect(google.requests.map(({ method, path }) => [method, path])).toEqual([
    [
      "GET",
      `/service_usage/projects/${PROJECT}/services:batchGet?names=projects/${PROJECT}/services/compute.googleapis.com&names=projects/${PROJECT}/services/storage.googleapis.com`,
    ],
  ]);
  expect(google.requests[0].headers).toMatchObject({
    authorization: "Bearer token-1",
    "x-goog-user-project": PROJECT,
  });
  expect(waited).toEqual([]);
});

test("several that are off are enabled in one batch, and each that Terraform will call is asked until it answers", async () => {
  await start(["compute"]);
  await run(["compute", "storage", "iam", "logging"]);
  expect(google.changes).toEqual([`POST /service_usage/projects/${PROJECT}/services:batchEnable`]);
  expect(google.requests[1].body).toEqual({ serviceIds: ["storage", "iam", "logging"].map(api) });
  expect(google.probesOf("storage").map(({ path }) => path)).toEqual(
    Array(3).fill(`/storage/b?project=${PROJECT}&maxResults=1`),
  );
  expect(google.probesOf("iam")).toHaveLength(3);
  expect(google.probesOf("compute")).toEqual([]);
});

test("one that is off is enabled by itself, since a batch takes two or more", async () => {
  await start(["compute"]);
  await run(["compute", "artifactregistry"]);
  expect(google.changes).toEqual([
    `POST /service_usage/projects/${PROJECT}/services/artifactregistry.googleapis.com:enable`,
  ]);
  expect(google.probesOf("artifact_registry")).toHaveLength(3);
});

test.each([429, 500, 503])("an answer of %s is asked again", async (status) => {
  await start([]);
  google.next.push(error(status, "Try again."), undefined, error(status, "Try again."), { status, body: "<html>" });
  await run(["logging", "monitoring"]);
  expect(google.changes).toHaveLength(3);
  expect([...google.enabled]).toEqual([api("logging"), api("monitoring")]);
  expect(waited).toEqual([1000, 1000, 2000]);
});

test("it waits until an API that was off has answered three times in a row", async () => {
  await start([]);
  google.stillOff.compute = 4;
  google.stillOff.resource_manager = 0;
  await run(["compute", "cloudresourcemanager"]);
  expect(google.probesOf("compute")).toHaveLength(4 + 3);
  expect(google.probesOf("resource_manager")).toHaveLength(3);
});

test("an answer in between that it is off counts from the start", async () => {
  await start(["compute"]);
  let asked = 0;
  google.refusal = ({ path }) => (path.startsWith("/iam/") && ++asked === 3 ? OFF : undefined);
  await run(["iam"]);
  expect(google.probesOf("iam")).toHaveLength(3 + 3);
});

test("an API that never answers fails after ten minutes, with its own words", async () => {
  await start([]);
  google.stillOff.storage = Infinity;
  await expect(run(["storage"])).rejects.toThrow(
    "storage.googleapis.com was enabled but does not answer: The API has not been used in project 1 before or it is disabled. (HTTP 403)",
  );
  expect(now).toBeGreaterThanOrEqual(600_000);
  expect(now).toBeLessThan(620_000);
  expect(Math.max(...waited)).toBe(10_000);
});

test("credentials that may not use the project's quota go on without it", async () => {
  await start([]);
  google.refusal = ({ headers }) =>
    headers["x-goog-user-project"] === undefined
      ? undefined
      : error(403, "Caller does not have required permission to use project.", "USER_PROJECT_DENIED");
  await run(["compute", "storage"]);
  expect([...google.enabled]).toHaveLength(2);
  const named = google.requests.map(({ headers }) => headers["x-goog-user-project"]);
  expect(named[0]).toBe(PROJECT);
  expect(named.slice(1).filter((name) => name !== undefined)).toEqual([]);
});

test.each([
  ["listed", 0, "the APIs of the project"],
  ["enabled", 1, "the APIs storage.googleapis.com, iam.googleapis.com of the project"],
])("that they may not be %s fails at once, in one sentence", async (what, before, subject) => {
  await start([]);
  google.next.push(...Array(before).fill(undefined), error(403, "Permission denied\n  on services."));
  await expect(run(["storage", "iam"])).rejects.toThrow(
    `${subject} "${PROJECT}" could not be ${what}: Permission denied on services. (HTTP 403); deploy with the role Service Usage Admin (roles/serviceusage.serviceUsageAdmin), or have them enabled and set enableApis to false`,
  );
  expect(google.requests).toHaveLength(before + 1);
  expect(waited).toEqual([]);
});

test("what Terraform must tell and does not is named", async () => {
  await start([]);
  await expect(enableServices({ ...google.environment(["iam"]), ACCESS_TOKEN: "" }, clock)).rejects.toThrow(
    "ACCESS_TOKEN is not set",
  );
});

describe("as Terraform runs it", () => {
  /** A copy beside the stack, in a project of ES modules. */
  const runCopy = async (environment: { [name: string]: string }) => {
    const folder = folderWith({ "package.json": JSON.stringify({ type: "module" }) });
    try {
      copyFileSync(SCRIPT, join(folder, "enable-services.cjs"));
      const child = spawn(process.execPath, ["enable-services.cjs"], {
        cwd: folder,
        env: environment,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      child.stdout.on("data", (block) => (output += block));
      child.stderr.on("data", (block) => (output += block));
      const [code] = await once(child, "close");
      return { code, output };
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test("it enables and says nothing", async () => {
    await start(["compute"]);
    expect(await runCopy(google.environment(["compute", "logging"]))).toEqual({ code: 0, output: "" });
    expect(google.enabled).toContain(api("logging"));
  });

  test("it fails with one line", async () => {
    await start([]);
    google.next.push(error(401, "Request had invalid authentication credentials."));
    expect(await runCopy(google.environment(["compute"]))).toEqual({
      code: 1,
      output: `the APIs of the project "${PROJECT}" could not be listed: Request had invalid authentication credentials. (HTTP 401)\n`,
    });
  });
});
