import { Construct } from "constructs";
import { checkEnvironment } from "../support/boot/checks";
import { Probe, probeProps } from "../support/boot/probe";
import { MARKER, randomValues, randomVariables, throughTerraform } from "../support/boot/random-values";
import { untilHealthy } from "../support/boot/status";
import { World } from "../support/boot/vm-world";
import { CosMachine } from "../support/simulated/cos-machine/cos-machine";

const seed = Number(process.env.E2E_SEED ?? Math.floor(Math.random() * 2 ** 31));
const variables = randomVariables(200, seed);
const expected = new Map<string, string>();
const entrypoint = ["/probe", ...randomValues(10, seed + 1)];
/** The last one is empty, and goes through Terraform: a line of nothing at the end of a file. */
const args = [...randomValues(19, seed + 2), ""];
const expectedArguments = [...entrypoint];

let world: World;
let machine: CosMachine;

/** Every second value goes through Terraform. */
function tokens(stack: Construct, id: string, index: number, given: string): { token: string; arrives: string } {
  return index % 2 === 0 ? { token: given, arrives: given } : throughTerraform(stack, id, given);
}

beforeAll(async () => {
  process.stdout.write(`seed of the random values: E2E_SEED=${seed}\n`);
  world = await World.create();
  const props = await probeProps(world);
  machine = await world.vm((stack) => {
    const environment: Record<string, string> = {};
    [...variables].forEach(([name, value], index) => {
      const { token, arrives } = tokens(stack, `variable-${index}`, index, value);
      environment[name] = token;
      expected.set(name, arrives);
    });
    const given = args.map((value, index) => {
      const { token, arrives } = tokens(stack, `argument-${index}`, index, value);
      expectedArguments.push(arrives);
      return token;
    });
    return { ...props, environment, entrypoint, args: given };
  });
  await untilHealthy(machine, 120);
});

afterAll(async () => {
  await world?.close();
});

test("200 variables, half of them from Terraform, are the app's byte for byte, and nobody else's", async () => {
  expect(expected.size).toBe(200);
  await checkEnvironment(machine, { values: expected, marker: MARKER });
});

test("entrypoint and arguments arrive byte for byte", async () => {
  const { arguments: all } = await new Probe(machine).process();
  expect(all.map((argument) => Buffer.from(argument, "base64").toString())).toEqual(expectedArguments);
});

test("the machine is as it would be without", async () => {
  expect(
    await machine.shell("docker version --format '{{.Server.Version}}' && docker ps --format '{{.Names}}' | sort"),
  ).toMatch(/^[\d.+a-z]+\napp\ngcsfuse-0$/);
  expect(await machine.shell("systemctl show-environment")).not.toContain(MARKER);
  expect(await machine.shell("systemctl --failed --no-legend --plain")).toBe("");
  expect(await machine.journal()).not.toContain(MARKER);
});
