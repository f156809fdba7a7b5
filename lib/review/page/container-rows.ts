import { ContainerDeclaration } from "../../boot/declaration";
import { HIDDEN } from "../../checks/secret-values";
import { portInWords } from "../changes/declaration-changes";
import { Text, value, valuesOf } from "../format/document";
import { withoutSecrets } from "../format/shown-values";
import { own } from "../read/json";

const RESTARTS: { readonly [policy: string]: string } = {
  always: "whenever it ends",
  "on-failure": "when it ends with an error",
  no: "never",
};

/** What a container runs, and as whom: the app's, or a sidecar's. */
export function containerRows(container: ContainerDeclaration, sensitive: boolean): Text[][] {
  const { image, user, entrypoint, args, ports, memoryMib } = container;
  const words = (given: readonly string[] | undefined): Text =>
    given === undefined ? ["as in the image"] : sensitive ? [HIDDEN] : wordsOf(given);
  return [
    [["image"], [value(image), ...(isFixed(image) ? [] : [" (a tag of a registry: what it stands for may change)"])]],
    [["user"], user === undefined ? ["as in the image"] : [value(user)]],
    [["entrypoint"], words(entrypoint)],
    [["arguments"], words(args)],
    [["published ports"], ports.length === 0 ? ["none"] : [...valuesOf(ports.map(portInWords)), " (host:container)"]],
    ...(memoryMib === undefined ? [] : [[["most memory"], [value(String(memoryMib)), " MiB"]]]),
  ];
}

/** The words of a command, without what looks like a secret. */
export function wordsOf(command: readonly string[]): Text {
  return valuesOf(withoutSecrets(command));
}

export function restartText({ restartPolicy, stopTimeoutSeconds }: ContainerDeclaration): Text {
  return [
    own(RESTARTS, restartPolicy) ?? value(String(restartPolicy)),
    "; given ",
    value(String(stopTimeoutSeconds)),
    " seconds to stop",
  ];
}

/** A digest, or an image that the library built: its tag is a hash of what it was built from. */
function isFixed(image: string): boolean {
  return /@sha256:|:[0-9a-f]{32}$/.test(image) || image.startsWith("localhost/");
}
