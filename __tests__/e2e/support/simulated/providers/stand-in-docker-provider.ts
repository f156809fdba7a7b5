/**
 * Simulated: the docker provider, where it is unavailable. The resources of a synthesized local stack are created with the
 * docker client instead, in the order of their references, and the built-in terraform_data's commands are run, so that
 * everything that runs in them is as real as with the provider. Narrow: for the resources and arguments that the local
 * stack has; a changed resource is created anew, as the provider does. Terraform itself evaluates the expressions, but for
 * preconditions, which are not judged.
 */
import execa from "execa";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { dockerEngine } from "../../real/docker-engine";
import { terraform } from "../../real/terraform";
import { Values } from "../../plan";

type Attributes = Record<string, string>;

interface Created {
  readonly address: string;
  /** The values that it was created from. */
  readonly from: string;
  readonly attributes: Attributes;
  remove(): Promise<void>;
}

/** A stack as Terraform would keep it in its state. */
export class StandIn {
  private created: Created[] = [];

  async apply(stackDir: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
    const stack = JSON.parse(readFileSync(join(stackDir, "cdk.tf.json"), "utf8")) as Values;
    const wanted = inOrder(stack);
    const kept = new Map<string, Created>();
    const plans = wanted.map(([address, values]) => ({ address, values }));
    // Terraform removes what is to be replaced or is gone before it creates anything that depends on it.
    const known = new Map(this.created.map((one) => [one.address, one]));
    for (const { address, values } of plans) {
      const before = known.get(address);
      if (before !== undefined && before.from === (await evaluated(values, stack, kept))) kept.set(address, before);
    }
    for (const one of [...this.created].reverse()) if (!kept.has(one.address)) await one.remove();
    this.created = this.created.filter((one) => kept.has(one.address));
    for (const { address, values } of plans) {
      if (kept.has(address)) continue;
      const from = await evaluated(values, stack, kept);
      const one = await create(address, JSON.parse(from) as Values, from, { stackDir, env });
      kept.set(address, one);
      this.created.push(one);
    }
  }

  async destroy(): Promise<void> {
    for (const one of [...this.created].reverse()) await one.remove();
    this.created = [];
  }
}

function inOrder(stack: Values): [string, Values][] {
  const all = Object.entries(stack.resource as Record<string, Record<string, Values>>).flatMap(([type, named]) =>
    Object.entries(named).map(([name, values]) => [`${type}.${name}`, values] as [string, Values]),
  );
  const sorted: [string, Values][] = [];
  const visit = ([address, values]: [string, Values]) => {
    if (sorted.some(([done]) => done === address)) return;
    const text = textOf(values, stack);
    all.filter(([other]) => other !== address && refersTo(text, other)).forEach(visit);
    sorted.push([address, values]);
  };
  all.forEach(visit);
  return sorted;
}

/** The arguments as JSON, with the local values that they name. */
function textOf(values: Values, { locals = {} }: Values): string {
  const text = JSON.stringify(values);
  const named = Object.entries(locals as Values).filter(([name]) => refersTo(text, `local.${name}`));
  return [text, ...named.map(([, value]) => JSON.stringify(value))].join("\n");
}

function refersTo(text: string, address: string): boolean {
  return new RegExp(`(?<![\\w.-])${address.replace(/\./g, "\\.")}(?![\\w-])`).test(text);
}

/** The values of a resource's arguments, as JSON. What is not created yet is "(known after apply)". */
async function evaluated(values: Values, stack: Values, created: Map<string, Created>): Promise<string> {
  const text = JSON.stringify(values, (key, value) => (key === "//" || key === "lifecycle" ? undefined : value));
  if (!/[$%]\{/.test(text)) return text;
  const folder = mkdtempSync(join(tmpdir(), "evaluated-"));
  try {
    const config = { locals: stack.locals ?? {}, output: { arguments: { value: JSON.parse(text) as Values } } };
    writeFileSync(join(folder, "main.tf.json"), withAttributes(config, stack, created));
    await terraform(folder, ["apply", "-no-color", "-auto-approve"]);
    const { stdout } = await terraform(folder, ["output", "-json", "arguments"]);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The configuration with literals in place of the attributes of resources. */
function withAttributes(config: Values, stack: Values, created: Map<string, Created>): string {
  const types = Object.keys(stack.resource as Values).join("|");
  const attribute = new RegExp(`(?<![\\w.-])((?:${types})\\.[\\w-]+)\\.(\\w+)`, "g");
  const inExpressions = (text: string) =>
    text.replace(/(?<!\$)\$\{.*?\}/gs, (expression) =>
      expression.replace(attribute, (_, address: string, name: string) =>
        JSON.stringify(created.get(address)?.attributes[name] ?? "(known after apply)"),
      ),
    );
  return JSON.stringify(config, (_, value: unknown) => (typeof value === "string" ? inExpressions(value) : value));
}

async function create(
  address: string,
  values: Values,
  from: string,
  { stackDir, env }: { stackDir: string; env: NodeJS.ProcessEnv },
): Promise<Created> {
  const type = address.split(".")[0];
  const { docker } = await dockerEngine();
  const created = (attributes: Attributes, ...remove: string[][]): Created => ({
    address,
    from,
    attributes,
    async remove() {
      for (const args of remove) await docker(args, { reject: false });
    },
  });
  switch (type) {
    case "terraform_data":
      for (const { "local-exec": script } of values.provisioner ?? []) {
        await execa(script.command, {
          cwd: stackDir,
          env: { ...(await dockerEngine()).env, ...env, ...script.environment },
          shell: true,
          all: true,
        });
      }
      return created({ id: address });
    case "docker_image":
      await build(values, stackDir);
      return created({ name: values.name });
    case "docker_network":
      await docker(["network", "create", ...labels(values), values.name]);
      return created({ name: values.name }, ["network", "rm", values.name]);
    case "docker_volume": {
      const options = Object.entries(values.driver_opts ?? {}).flatMap(([key, value]) => ["--opt", `${key}=${value}`]);
      await docker(["volume", "create", ...options, ...labels(values), values.name]);
      const { stdout } = await docker(["volume", "inspect", "--format", "{{.Mountpoint}}", values.name]);
      return created({ name: values.name, mountpoint: stdout.trim() }, ["volume", "rm", values.name]);
    }
    case "docker_container": {
      const id = await run(values);
      const stop = ["stop", "--time", String(values.destroy_grace_seconds ?? 0), values.name];
      return created({ id, name: values.name }, stop, ["rm", "--force", "--volumes", values.name]);
    }
    default:
      throw new Error(`${type} is not simulated`);
  }
}

function labels(values: Values): string[] {
  return (values.labels ?? []).flatMap(({ label, value }: Values) => ["--label", `${label}=${value}`]);
}

function mount({ type, source, target, bind_options }: Values): string {
  const propagation = bind_options ? `,bind-propagation=${bind_options.propagation}` : "";
  return `type=${type},source=${source},target=${target}${propagation}`;
}

async function build({ name, build: options }: Values, stackDir: string): Promise<void> {
  const { docker } = await dockerEngine();
  if (options === undefined) return;
  const args = Object.entries(options.build_args ?? {}).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]);
  await docker(["build", "--tag", name, ...args, "--file", join(stackDir, options.dockerfile), options.context], {
    cwd: stackDir,
  });
}

async function run(values: Values): Promise<string> {
  const { docker } = await dockerEngine();
  const [network] = values.networks_advanced ?? [];
  const health = values.healthcheck;
  const { stdout } = await docker([
    ...["create", "--name", values.name, "--restart", values.restart],
    ...(network
      ? ["--network", network.name, ...(network.aliases ?? []).flatMap((one: string) => ["--network-alias", one])]
      : []),
    ...(values.env ?? []).flatMap((one: string) => ["--env", one]),
    ...labels(values),
    ...(values.volumes ?? []).flatMap((one: Values) => ["--volume", `${one.volume_name}:${one.container_path}`]),
    ...(values.mounts ?? []).flatMap((one: Values) => ["--mount", mount(one)]),
    ...(values.capabilities?.drop ?? []).flatMap((one: string) => ["--cap-drop", one]),
    ...(values.capabilities?.add ?? []).flatMap((one: string) => ["--cap-add", one]),
    ...(values.security_opts ?? []).flatMap((one: string) => ["--security-opt", one]),
    ...(health ? ["--health-cmd", health.test.slice(1).join(" "), "--health-interval", health.interval] : []),
    ...[values.image, ...(values.command ?? [])],
  ]);
  const id = stdout.trim();
  const work = mkdtempSync(join(tmpdir(), "upload-"));
  try {
    for (const { file, content } of values.upload ?? []) {
      mkdirSync(join(work, dirname(file)), { recursive: true });
      writeFileSync(join(work, file), content);
    }
    await docker(["cp", `${work}/.`, `${id}:/`]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  await docker(["start", id]);
  return id;
}
