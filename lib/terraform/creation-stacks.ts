/**
 * Runs a function while cdktf captures no stack traces. Otherwise it keeps one for every token and block: most of the
 * memory of a stack with many apps, and a fifth of its time. They point into this library, never at a mistake of its
 * user. Thrown errors keep their stack traces, which do not come from `Error.captureStackTrace`.
 */
export function withoutCreationStacks<T>(create: () => T): T {
  const { captureStackTrace } = Error;
  Error.captureStackTrace = () => undefined;
  try {
    return create();
  } finally {
    Error.captureStackTrace = captureStackTrace;
  }
}
