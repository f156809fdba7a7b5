import { blocksAt, isObject, Json, JsonObject, stableText, textAt, textsAt, own, without } from "../read/json";
import { NOT_SAID } from "../read/plan-configuration";
import { Resource, Stack } from "../read/stack";

/** The scripts of the library that a deployment runs. */
export const SCRIPTS: { readonly [script: string]: string } = {
  "enable-services.cjs":
    "enables the APIs above that are off and waits until they answer, with the access token that Terraform has; the google provider would not wait",
  "check-docker.cjs": "checks that the Docker Engine can run the app",
  "create-volume.cjs": "creates the volume for the files, which destroying the stack leaves",
  "give-secrets.cjs":
    "gives the app the values of its secrets, from the environment of who deploys or from a file that git ignores",
  "await-machine.cjs": "waits until the app answers",
};

/** The variables that the library gives its scripts: node takes others, such as NODE_OPTIONS, as orders of its own. */
const INPUT = [
  "ACCESS_TOKEN",
  "PROJECT",
  "REGION",
  "SERVICES",
  "APP",
  "VOLUMES",
  "VOLUME",
  "MACHINE",
  "TIMEOUT_SECONDS",
  "SECRETS_FILE",
];

/** What a deployment runs: by a provisioner, or by a data source. */
export interface Command {
  readonly address: string;
  /** `local-exec`, `remote-exec`, `file` or `external`. */
  readonly kind: string;
  /** What runs, as it is shown. */
  readonly command: string;
  /** All that is said of it. */
  readonly settings: JsonObject;
}

/** What a resource makes a deployment run. */
export function commandsOf({ address, values }: Resource): Command[] {
  return blocksAt(values, "provisioner").flatMap((provisioner) =>
    Object.entries(provisioner).flatMap(([kind, settings]) =>
      // Synthesized by hand, there may be several of a kind.
      (Array.isArray(settings) ? (settings as readonly Json[]) : [settings]).filter(isObject).map((block) => ({
        address,
        kind,
        command: commandIn(block),
        settings:
          values.connection === undefined ? block : { ...block, "the resource's connection": values.connection },
      })),
    ),
  );
}

/** The programs that data sources run, at each plan and each deployment. */
function programsOf({ document }: Stack): Command[] {
  const programs = blocksAt(document, "data", "external").flatMap((all) => Object.entries(all));
  return programs
    .filter((entry): entry is [string, JsonObject] => isObject(entry[1]))
    .map(([name, settings]) => ({
      address: `data.external.${name}`,
      kind: "external",
      command: textsAt(settings, "program").join(" "),
      settings,
    }));
}

/** The commands, scripts and files of a provisioner, and what else decides how they run. */
function commandIn(settings: JsonObject): string {
  const run = ["command", "inline", "script", "scripts", "source", "content"].flatMap((key) => textsAt(settings, key));
  const target = textAt(settings, "destination");
  const by = textsAt(settings, "interpreter").join(" ");
  const environment = isObject(settings.environment) ? Object.keys(settings.environment) : [];
  return [
    by === "" ? "" : `${by} `,
    run.join("; "),
    target === undefined ? "" : ` to ${target}`,
    environment.length === 0 ? "" : ` (with ${environment.sort().join(", ")})`,
  ].join("");
}

/** The name of the script of this library that a command runs, and nothing else. */
export function scriptOf({ kind, settings }: Command): string | undefined {
  const { command, environment = {} } = settings;
  const [, script] = /^node assets\/[\w-]+\/[0-9A-Fa-f]{32}\/([\w-]+\.cjs)$/.exec(String(command)) ?? [];
  const isOurs =
    kind === "local-exec" &&
    script !== undefined &&
    own(SCRIPTS, script) !== undefined &&
    Object.keys(without(settings, "command", "environment")).length === 0 &&
    isObject(environment) &&
    Object.keys(environment).every((name) => name === NOT_SAID || INPUT.includes(name));
  return isOurs ? script : undefined;
}

/** What a deployment runs that is not this library's. */
export function foreignCommands(stack: Stack): readonly Command[] {
  return [...stack.resources.flatMap(commandsOf), ...programsOf(stack)].filter(
    (command) => scriptOf(command) === undefined,
  );
}

/** Two commands are the same if all that is said of them is. */
export function identityOf({ address, kind, settings }: Command): string {
  return stableText([address, kind, settings]);
}
