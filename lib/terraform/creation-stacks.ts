/**
 * Runs a function while cdktf keeps no stack trace of the creation of every token and block. Together they are most of the
 * memory that a stack with many apps takes, and a fifth of its time. They would lead into this library, never to a mistake
 * in its use. Errors keep theirs: those are not captured through `Error.captureStackTrace`.
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
