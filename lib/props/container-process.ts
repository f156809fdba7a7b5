import { ContainerDeclaration } from "../boot/declaration";
import { invalidInput, requireInteger, requireKnownList, requireMatch, requireOneOf } from "../checks/invalid-input";
import { processArgument } from "../checks/process-argument";
import { environmentVariables } from "./environment";

/** When the container is restarted after it exits by itself. */
export enum RestartPolicy {
  /** Whenever it exits. */
  ALWAYS = "always",
  /** When it exits with a code other than 0. */
  ON_FAILURE = "on-failure",
  /** Never. It starts again when the VM boots, and when a mount had to be restored while it ran. */
  NO = "no",
}

/** Docker's least for a container's memory in MiB, and what no machine has. */
const MEMORY_MIB = { least: 6, most: 16777216 };
/** The largest user or group number that Docker takes. */
const MOST_USER_ID = 2147483647;

/** How a container is run, as the props of the app and of a sidecar have it. */
export interface ProcessProps {
  readonly environment?: { [name: string]: string };
  readonly entrypoint?: string[];
  readonly args?: string[];
  readonly user?: string;
  readonly restartPolicy?: RestartPolicy;
  readonly stopTimeoutSeconds?: number;
  readonly memoryMib?: number;
}

/** How a container is run, checked and complete. */
export type ResolvedProcess = Pick<
  ContainerDeclaration,
  "environment" | "entrypoint" | "args" | "user" | "restartPolicy" | "stopTimeoutSeconds" | "memoryMib"
>;

/**
 * @param prefix the text before a prop's name in a message, for example `sidecars[0].`
 * @throws if a prop is not valid
 */
export function resolveProcess(
  props: ProcessProps,
  prefix: string,
  defaults: { readonly restartPolicy: RestartPolicy },
): ResolvedProcess {
  const { stopTimeoutSeconds = 30, restartPolicy = defaults.restartPolicy, user, memoryMib } = props;
  const { environment = {}, entrypoint = [], args = [] } = props;
  requireInteger(`${prefix}stopTimeoutSeconds`, stopTimeoutSeconds, 1, 80);
  requireOneOf(`${prefix}restartPolicy`, restartPolicy, Object.values(RestartPolicy));
  if (user !== undefined) {
    checkUser(`${prefix}user`, user);
  }
  if (memoryMib !== undefined) {
    requireInteger(`${prefix}memoryMib`, memoryMib, MEMORY_MIB.least, MEMORY_MIB.most);
  }
  requireKnownList(`${prefix}entrypoint`, entrypoint);
  requireKnownList(`${prefix}args`, args);
  return {
    environment: environmentVariables(environment, prefix),
    entrypoint: props.entrypoint?.map((value, index) => processArgument(`${prefix}entrypoint[${index}]`, value)),
    args: props.args?.map((value, index) => processArgument(`${prefix}args[${index}]`, value)),
    user,
    restartPolicy,
    stopTimeoutSeconds,
    memoryMib,
  };
}

function checkUser(what: string, user: string): void {
  requireMatch(
    what,
    user,
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/,
    'use a name or number such as "www-data" or "1000:1000"',
  );
  const numbers = user.split(":").filter((part) => /^\d+$/.test(part));
  if (numbers.some((number) => /^0\d/.test(number))) {
    throw invalidInput(what, user, 'use numbers without leading zeros, such as "1000:1000"');
  }
  if (numbers.some((number) => Number(number) > MOST_USER_ID)) {
    throw invalidInput(what, user, `use numbers up to ${MOST_USER_ID}, which is Docker's limit`);
  }
}
