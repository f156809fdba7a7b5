/** An error as Google's APIs answer it: the JSON body has the message, a machine-readable reason and a status. */
export class GoogleError extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly more: { domain?: string; status?: string; details?: object[] } = {},
  ) {
    super(message);
  }

  body(): object {
    const { domain = "global", status = statusOf(this.code), details } = this.more;
    return {
      error: {
        code: this.code,
        message: this.message,
        errors: [{ message: this.message, domain, reason: this.reason }],
        status,
        ...(details ? { details } : {}),
      },
    };
  }
}

function statusOf(code: number): string {
  const names: Record<number, string> = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
  };
  return names[code] ?? "INTERNAL";
}

export const invalid = (message: string) => new GoogleError(400, "invalid", message);
export const required = (field: string) => new GoogleError(400, "required", `Required field '${field}' not specified`);
export const notFound = (message: string) => new GoogleError(404, "notFound", message);
export const alreadyExists = (message: string) => new GoogleError(409, "alreadyExists", message);
