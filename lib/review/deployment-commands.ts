import { blocksAt, isObject, textsAt } from "./json";
import { Resource, Stack } from "./stack";

/** The scripts of the library that a deployment runs. */
export const SCRIPTS: { readonly [script: string]: string } = {
  "enable-services.cjs":
    "enables the APIs above that are off and waits until they answer, with the access token that Terraform has; the google provider would not wait",
  "check-docker.cjs": "checks that the Docker Engine can run the app",
  "create-volume.cjs": "creates the volume for the files, which destroying the stack leaves",
  "await-machine.cjs": "waits until the app answers",
};

/** What a provisioner runs. */
export interface Command {
  readonly address: string;
  readonly kind: string;
  readonly command: string;
}

/** What a resource makes a deployment run. */
export function commandsOf({ address, values }: Resource): Command[] {
  return blocksAt(values, "provisioner").flatMap((provisioner) =>
    Object.entries(provisioner)
      .filter(([, settings]) => isObject(settings))
      .map(([kind, settings]) => ({
        address,
        kind,
        command: textsAt(settings, "command").concat(textsAt(settings, "inline")).join("; "),
      })),
  );
}

/** The name of the script of this library that a command runs. */
export function scriptOf({ command }: Command): string | undefined {
  const script = /^node assets\/\S+\/([\w-]+\.cjs)$/.exec(command)?.[1];
  return script !== undefined && SCRIPTS[script] !== undefined ? script : undefined;
}

/** What a deployment runs that is not this library's. */
export function foreignCommands({ resources }: Stack): readonly Command[] {
  return resources.flatMap(commandsOf).filter((command) => scriptOf(command) === undefined);
}
