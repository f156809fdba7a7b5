import { Construct } from "constructs";

/**
 * Runs what belongs to a construct. An error of it begins with the construct's path, as cdktf's own do: a stack may have
 * several apps.
 */
export function nameConstructInErrors<T>(construct: Construct, run: () => T): T {
  return prefixErrors(`[${construct.node.path}] `, run);
}

/** Runs something. A message of an error of it gets a prefix. */
export function prefixErrors<T>(prefix: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error) {
      const message = prefix + error.message;
      // Node prints the stack, which has the message as it was when the error was created.
      error.stack = error.stack?.replace(error.message, () => message);
      error.message = message;
    }
    throw error;
  }
}
