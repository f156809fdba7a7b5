/** Simulated: the two calls of Compute Engine, and gcloud. */
import { join } from "node:path";
import { ComputeEngine } from "../../lib/wait/compute-engine";
import { CannotAsk, NoAnswer } from "../../lib/wait/errors";
import { hashOf } from "../../lib/wait/status";
import { Answer, FakeComputeEngine, googleError, PROJECT, ZONE } from "../support/fake-compute-engine";
import { FakePrograms } from "../support/fake-programs";

const DECLARATION = '{"image":"app:1","environment":{"GREETING":"ü \u{1f600}"}}\n';
const USER_DATA = "#cloud-config\n";
const STATUS = {
  running: { declaration: hashOf(DECLARATION), userData: hashOf(USER_DATA) },
  wanted: { declaration: hashOf(DECLARATION), userData: hashOf(USER_DATA) },
  app: { state: "live", message: "" },
  update: { state: "none", message: "" },
};
const VM = { name: "gallery", zone: ZONE, project: PROJECT };

let google: FakeComputeEngine;
beforeEach(async () => {
  google = new FakeComputeEngine();
  google.metadata = { "user-data": USER_DATA, "gcs-backed-container-app": DECLARATION, "enable-oslogin": "TRUE" };
  google.status = JSON.stringify(STATUS);
  await google.listen();
});
afterEach(() => google.close());

const given = () => ({ GOOGLE_OAUTH_ACCESS_TOKEN: "token-1", GOOGLE_COMPUTE_CUSTOM_ENDPOINT: google.endpoint });
const vm = (name = VM, environment: { [name: string]: string } = given()) => new ComputeEngine(environment).vm(name);

/** The message of the refusal, which must be of that kind. */
async function refusal(kind: typeof CannotAsk | typeof NoAnswer, asked: Promise<unknown>): Promise<string> {
  const error = await asked.then(
    () => undefined,
    (reason: Error) => reason,
  );
  expect(error).toBeInstanceOf(kind);
  return error!.message;
}

test("what a VM is to run and what it reports", async () => {
  expect(await vm()).toEqual({ lifecycle: "RUNNING", wanted: STATUS.wanted, status: STATUS });
  const path = `GET /compute/v1/projects/${PROJECT}/zones/${ZONE}/instances/gallery`;
  expect(google.requests).toEqual([
    `${path} Bearer token-1`,
    `${path}/getGuestAttributes?queryPath=gcs-backed-container-app%2Fstatus Bearer token-1`,
  ]);
});

test("an endpoint without a slash at its end", async () => {
  const environment = { ...given(), GOOGLE_COMPUTE_CUSTOM_ENDPOINT: google.endpoint.slice(0, -1) };
  expect((await vm(VM, environment)).lifecycle).toBe("RUNNING");
});

test.each<[string, string | undefined]>([
  ["no status yet", undefined],
  ["a status of another form", '{"app":{"state":"live","message":""}}'],
  ["an empty status", ""],
])("%s", async (_, status) => {
  google.status = status;
  expect(await vm()).toEqual({ lifecycle: "RUNNING", wanted: STATUS.wanted, status: undefined });
});

test("metadata without user-data", async () => {
  delete google.metadata["user-data"];
  expect((await vm()).wanted).toEqual({ declaration: hashOf(DECLARATION), userData: "" });
});

describe("what is secret is not printed", () => {
  test.each(["tok\nen-1", "token-1\n", "tok en-1", "t\u00f6ken-1", "token-1\0", "\u{1f600}"])(
    "a token that is none: %j",
    async (token) => {
      const message = await refusal(CannotAsk, vm(VM, { ...given(), GOOGLE_OAUTH_ACCESS_TOKEN: token }));
      expect(message).toMatch(/^GOOGLE_OAUTH_ACCESS_TOKEN is not a valid access token: /);
      expect(message).not.toMatch(/t.ken-1|en-1|\u{1f600}/u);
      expect(google.requests).toEqual([]);
    },
  );

  test("a token that the server sends back, even where the message is cut", async () => {
    for (const before of ["", "x".repeat(295)]) {
      google.next.push(googleError(401, `${before}token-1 is not known`));
      const message = await refusal(CannotAsk, vm());
      expect(message).toContain(before === "" ? "HTTP 401: (hidden) is not known" : `${before}(hid`);
      expect(message).not.toMatch(/x{295}t/);
    }
    google.next.push({ code: 200, body: "<html>token-1" });
    expect(await refusal(NoAnswer, vm())).toContain("HTTP 200: <html>(hidden)");
  });

  test("a user name and password in the endpoint, which go nowhere", async () => {
    const endpoint = google.endpoint.replace("://", "://me:hunter2@");
    const environment = { ...given(), GOOGLE_COMPUTE_CUSTOM_ENDPOINT: endpoint };
    await vm(VM, environment);
    expect(google.requests[0]).toMatch(/ Bearer token-1$/);
    await google.close();
    const message = await refusal(NoAnswer, vm(VM, environment));
    expect(message).toMatch(/^Compute Engine does not answer at http:\/\/127\.0\.0\.1:\d+\/compute\/v1\/: /);
  });
});

test.each([
  ["localhost:8080/compute/v1/", "localhost:8080/compute/v1/"],
  ["compute.example.com", "compute.example.com"],
  ["ftp://compute.example.com/", "ftp://compute.example.com/"],
  ["https://", "https://"],
  ["me:hun@ter2@compute.example.com", "(hidden)@compute.example.com"],
])("the endpoint %s is refused before anybody is asked", (endpoint, shown) => {
  const ask = () => new ComputeEngine({ ...given(), GOOGLE_COMPUTE_CUSTOM_ENDPOINT: endpoint });
  expect(ask).toThrow(CannotAsk);
  expect(ask).toThrow(
    new Error(
      `GOOGLE_COMPUTE_CUSTOM_ENDPOINT "${shown}" is not valid: use a URL such as "https://compute.googleapis.com/compute/v1/"`,
    ),
  );
});

describe("what may pass", () => {
  test.each([{}, [null], [1], [{}], [{ key: "a", value: 1 }], "x", null])(
    "metadata that is none: %j",
    async (items) => {
      google.next.push({ code: 200, body: { status: "RUNNING", metadata: { items } } });
      expect(await refusal(NoAnswer, vm())).toBe("Compute Engine does not answer with the metadata of a VM");
    },
  );

  test.each([{}, [null], null, "x"])("guest attributes that are none: %j", async (items) => {
    google.next.push(undefined, { code: 200, body: { queryValue: { items } } });
    expect((await vm()).status).toBeUndefined();
  });

  test.each<[string, Answer, string]>([
    ["an overloaded server", googleError(503, "Backend error"), "HTTP 503: Backend error"],
    ["too many requests", googleError(429, "Slow down"), "HTTP 429: Slow down"],
    ["a quota", googleError(403, "Quota exceeded", "rateLimitExceeded"), "HTTP 403: Quota exceeded"],
    ["a proxy's page", { code: 200, body: "<html>\n  wait </html>" }, "HTTP 200: <html> wait </html>"],
  ])("%s, for either call", async (_, answer, reason) => {
    for (const before of [[], [undefined]]) {
      google.next.push(...before, answer);
      expect(await refusal(NoAnswer, vm())).toContain(reason);
      expect(google.next).toEqual([]);
    }
  });

  test("nobody listens", async () => {
    const gone = new FakeComputeEngine();
    await gone.listen();
    const environment = { ...given(), GOOGLE_COMPUTE_CUSTOM_ENDPOINT: gone.endpoint };
    await gone.close();
    expect(await refusal(NoAnswer, vm(VM, environment))).toMatch(
      /^Compute Engine does not answer at http:\/\/127\.0\.0\.1:\d+\/compute\/v1\/: fetch failed: .*ECONNREFUSED/,
    );
  });
});

describe("what does not pass", () => {
  test.each<[string, Answer, RegExp]>([
    ["nobody's token", googleError(401, "Invalid Credentials"), /token is not valid, or has expired.*Invalid Cred/],
    ["no permission", googleError(403, "Required 'x' permission"), /roles\/compute\.viewer.*Required 'x' permission/],
    ["what the API does not take", googleError(400, "Invalid value"), /cannot be read: HTTP 400: Invalid value/],
    ["guest attributes that are off", googleError(412, "access is disabled"), /cannot be read: HTTP 412: access is/],
  ])("%s, for either call", async (_, answer, message) => {
    for (const before of [[], [undefined]]) {
      google.next.push(...before, answer);
      expect(await refusal(CannotAsk, vm())).toMatch(message);
    }
  });

  test("no such VM", async () => {
    expect(await refusal(CannotAsk, vm({ ...VM, name: "other/../gallery" }))).toMatch(
      /^there is no VM "other\/\.\.\/gallery" in zone "us-east1-b" of project "demo-project-123": deploy the app first/,
    );
  });

  test("a VM of something else", async () => {
    google.metadata = {};
    expect(await refusal(CannotAsk, vm())).toContain('has no metadata key "gcs-backed-container-app"');
  });
});

describe("gcloud", () => {
  const SCRIPT = `
    case "$*" in
      "auth application-default print-access-token") [[ -e $state/adc ]] || { echo 'ERROR: no default credentials' >&2; exit 1; }; cat "$state/adc" ;;
      "auth print-access-token") [[ -e $state/login ]] || { echo 'ERROR: no active account' >&2; exit 1; }; cat "$state/login" ;;
      *) echo "gcloud was not expected to be asked: $*" >&2; exit 64 ;;
    esac`;
  let gcloud: FakePrograms;
  beforeEach(() => {
    gcloud = new FakePrograms({ gcloud: SCRIPT });
  });
  const environment = (path = join(gcloud.folder, "bin")) => ({
    PATH: `${path}:/usr/bin:/bin`,
    GOOGLE_COMPUTE_CUSTOM_ENDPOINT: google.endpoint,
  });
  const tokens = () => google.requests.map((request) => request.replace(/^.* /, ""));

  test("has the application-default credentials, as Terraform does", async () => {
    gcloud.set("adc", "token-2\n");
    gcloud.set("login", "token-3\n");
    await vm(VM, environment());
    expect(tokens()).toEqual(["token-2", "token-2"]);
    expect(gcloud.calls).toEqual(["gcloud auth application-default print-access-token"]);
  });

  test("or else a login of its own", async () => {
    gcloud.set("login", "token-3\n");
    await vm(VM, environment());
    expect(tokens()).toEqual(["token-3", "token-3"]);
  });

  test("is not asked where a token is given", async () => {
    gcloud.set("adc", "token-2\n");
    await vm(VM, { ...environment(), ...given() });
    expect([tokens(), gcloud.calls]).toEqual([["token-1", "token-1"], []]);
  });

  test("is asked again for a token that has expired, but not for one that it has just given", async () => {
    gcloud.set("adc", "token-2\n");
    const compute = new ComputeEngine(environment());
    await compute.vm(VM);
    gcloud.set("adc", "token-4\n");
    google.next.push(googleError(401, "Invalid Credentials"));
    await compute.vm(VM);
    expect(tokens()).toEqual(["token-2", "token-2", "token-2", "token-4", "token-4"]);
    google.next.push(googleError(401, "Invalid Credentials"), googleError(401, "Invalid Credentials"));
    expect(await refusal(CannotAsk, compute.vm(VM))).toContain("has expired");
    expect(gcloud.calls).toHaveLength(3);
  });

  test("with no login at all", async () => {
    expect(await refusal(CannotAsk, vm(VM, environment()))).toBe(
      'gcloud has no access token: run "gcloud auth application-default login", or set GOOGLE_OAUTH_ACCESS_TOKEN to an access token of somebody who may read the VM ("gcloud auth application-default print-access-token": ERROR: no default credentials; "gcloud auth print-access-token": ERROR: no active account)',
    );
    expect(google.requests).toEqual([]);
  });

  test("prints what is no token: it is not printed", async () => {
    gcloud.set("adc", "hunter2\nhunter2\n");
    const message = await refusal(CannotAsk, vm(VM, environment()));
    expect(message).toContain('print-access-token": what it has printed is not a valid access token');
    expect(message).not.toContain("hunter2");
  });

  test("is not there", async () => {
    const nowhere = { ...environment(), PATH: new FakePrograms({}).folder };
    expect(await refusal(CannotAsk, vm(VM, nowhere))).toMatch(
      /^there is no gcloud on PATH, and GOOGLE_OAUTH_ACCESS_TOKEN is not set: install gcloud /,
    );
  });
});
