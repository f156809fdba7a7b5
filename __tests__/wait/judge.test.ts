import { judge, Vm } from "../../lib/wait/judge";
import { Status, Version } from "../../lib/wait/status";

const hash = (letter: string) => letter.repeat(64);
const NEW: Version = { declaration: hash("b"), userData: hash("1") };
const OLD: Version = { declaration: hash("a"), userData: hash("1") };
const OLD_LIBRARY: Version = { declaration: hash("a"), userData: hash("0") };

const live = { state: "live", message: "" };
const none = { state: "none", message: "" };

function judged(status: Partial<Status> | undefined, vm: Partial<Vm> = {}) {
  const whole: Status | undefined = status && { running: NEW, wanted: NEW, app: live, update: none, ...status };
  return judge({ lifecycle: "RUNNING", wanted: NEW, status: whole, ...vm });
}
const waitsFor = (what: string) => ({ kind: "waiting", for: what });
const failsFor = (reason: string) => ({ kind: "failed", reason });

describe("live", () => {
  const what = "declaration bbbbbbbbbbbb, user-data 111111111111";

  test("what is wanted runs, and the app is live", () => {
    expect(judged({})).toEqual({ kind: "live", what });
  });

  test("but the boot disk has no room for it: the next boot would run another one", () => {
    const update = { state: "failed", message: "cannot write /var/declaration: No space left on device" };
    expect(judged({ update })).toEqual({ kind: "live", what, note: update.message });
  });
});

describe("what is beside the app", () => {
  const what = "declaration bbbbbbbbbbbb, user-data 111111111111";
  const healthy = { "sidecar-db": live, "disk-srv": { state: "mounted", message: "with 10 GB" } };
  const db = { state: "starting", message: "its health check fails: no response" };

  test("is not spoken of where it runs", () => {
    expect(judged({ parts: healthy })).toEqual({ kind: "live", what });
  });

  test("is told where it does not run, though the app is live", () => {
    const parts = { ...healthy, "sidecar-db": db, "sidecar-nightly-job": { state: "stopped", message: "exit code 0" } };
    expect(judged({ parts })).toEqual({
      kind: "live",
      what,
      note: "sidecar db is starting: its health check fails: no response; sidecar nightly-job is stopped: exit code 0",
    });
  });

  test("is told where it lives, and says that something is missing", () => {
    const message = "photos.test has no certificate yet: waiting for DNS";
    expect(judged({ parts: { "sidecar-https": { state: "live", message } } })).toEqual({
      kind: "live",
      what,
      note: `sidecar https is live: ${message}`,
    });
  });

  test("is waited for while the version can be taken back, unless it has ended as it is to", () => {
    const update = { state: "starting", message: "declaration bbbbbbbbbbbb" };
    expect(judged({ parts: { "sidecar-db": db }, update })).toEqual(
      waitsFor("the new version is live, and sidecar db is starting: its health check fails: no response"),
    );
    expect(judged({ parts: { "sidecar-job": { state: "stopped", message: "" } }, update })).toEqual(
      waitsFor("the new version is live; it has to stay up for some seconds"),
    );
  });

  test("is what the app waits for, which says so", () => {
    const app = { state: "starting", message: "waiting for sidecar db: starting pulling db:1" };
    expect(judged({ app, parts: { "sidecar-db": db } })).toEqual(
      waitsFor("the app is starting: waiting for sidecar db: starting pulling db:1"),
    );
  });
});

describe("waiting", () => {
  test.each(["PROVISIONING", "STAGING", "STOPPING", "TERMINATED", "SUSPENDED", "REPAIRING"])(
    "a VM that is %s, whatever it reported before",
    (lifecycle) => {
      expect(judged({}, { lifecycle })).toEqual(waitsFor(`the VM is ${lifecycle}`));
    },
  );

  test("a VM that has not reported", () => {
    expect(judged(undefined)).toEqual(waitsFor("the VM has not reported its state yet"));
  });

  test.each<[string, Partial<Status>]>([
    ["the old version is live", { running: OLD, wanted: OLD }],
    ["the old version is live, with older scripts", { running: OLD_LIBRARY, wanted: OLD_LIBRARY }],
    ["an older change has failed", { running: OLD, wanted: OLD, update: { state: "failed", message: "taken back" } }],
  ])("the VM has not seen the change: %s", (_, status) => {
    expect(judged(status)).toEqual(
      waitsFor("the VM has not seen declaration bbbbbbbbbbbb yet (declaration aaaaaaaaaaaa is live)"),
    );
  });

  test("the VM has not seen other scripts", () => {
    expect(judged({ running: OLD, wanted: OLD }, { wanted: { ...OLD, userData: hash("2") } })).toEqual(
      waitsFor("the VM has not seen user-data 222222222222 yet (user-data 111111111111 is live)"),
    );
  });

  test("the VM has not seen yet that what it runs is wanted again", () => {
    const update = { state: "failed", message: "declaration bbbbbbbbbbbb was taken back" };
    expect(judged({ running: OLD, wanted: NEW, update }, { wanted: OLD })).toEqual(
      waitsFor("the VM has not seen declaration aaaaaaaaaaaa yet"),
    );
  });

  test("the VM has seen the change, and does nothing about it yet", () => {
    expect(judged({ running: OLD })).toEqual(
      waitsFor("the VM has seen declaration bbbbbbbbbbbb (declaration aaaaaaaaaaaa is live)"),
    );
  });

  test("the VM has not seen the change, and nothing is live", () => {
    const app = { state: "starting", message: "" };
    expect(judged({ running: OLD, wanted: OLD, app })).toEqual(
      waitsFor("the VM has not seen declaration bbbbbbbbbbbb yet"),
    );
  });

  test.each<[string, Partial<Status>, string]>([
    [
      "it pulls while the old version serves",
      { running: OLD, update: { state: "pulling", message: "app:2" } },
      "the update is pulling: app:2 (declaration aaaaaaaaaaaa is live)",
    ],
    [
      "it reboots for other scripts",
      {
        running: OLD_LIBRARY,
        app: { state: "starting", message: "" },
        update: { state: "rebooting", message: "into user-data 1" },
      },
      "the update is rebooting: into user-data 1",
    ],
    [
      "its first container is not there yet",
      { running: { ...NEW, declaration: "" }, app: { state: "starting", message: "pulling app:2" } },
      "the app is starting: pulling app:2",
    ],
    [
      "its container starts",
      { app: { state: "starting", message: "the container starts" } },
      "the app is starting: the container starts",
    ],
    [
      "it is live, but can be taken back",
      { update: { state: "starting", message: "declaration bbbbbbbbbbbb" } },
      "the new version is live; it has to stay up for some seconds",
    ],
    [
      "it has stopped, but can be taken back",
      { app: { state: "stopped", message: "exit code 1" }, update: { state: "starting", message: "" } },
      "the new version is stopped: exit code 1; it has to stay up for some seconds",
    ],
  ])("%s", (_, status, what) => {
    expect(judged(status)).toEqual(waitsFor(what));
  });

  test("the same declaration with the scripts of another version of the library is not what is wanted", () => {
    const running = { ...NEW, userData: hash("0") };
    expect(judged({ running, update: { state: "pulling", message: "app:2" } }).kind).toBe("waiting");
  });
});

describe("failed", () => {
  test("taken back or refused: the VM's own reason, and what runs", () => {
    const update = { state: "failed", message: "cannot pull app:2: manifest unknown" };
    expect(judged({ running: OLD, update })).toEqual(
      failsFor("cannot pull app:2: manifest unknown (declaration aaaaaaaaaaaa is live)"),
    );
  });

  test("nothing runs", () => {
    const update = { state: "failed", message: "the declaration is not valid: it is not JSON" };
    const status = {
      running: { ...NEW, declaration: "" },
      app: { state: "starting", message: "nothing runs" },
      update,
    };
    expect(judged(status)).toEqual(failsFor("the declaration is not valid: it is not JSON"));
  });

  test("other scripts that the VM refuses", () => {
    const update = { state: "failed", message: "this machine has rebooted for user-data 1, and another one came up" };
    expect(judged({ running: OLD_LIBRARY, update })).toMatchObject({ kind: "failed" });
  });

  test("it has ended for good", () => {
    expect(judged({ app: { state: "stopped", message: "the app ended with exit code 0" } })).toEqual(
      failsFor("the app ended with exit code 0"),
    );
  });
});
