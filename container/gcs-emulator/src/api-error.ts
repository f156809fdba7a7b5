/** An error response in Cloud Storage's own words: clients look at the reason and the message. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }

  json(): object {
    const { status: code, message, reason } = this;
    return { error: { code, message, errors: [{ message, domain: "global", reason }] } };
  }

  static bucketNotFound(): ApiError {
    return new ApiError(404, "notFound", "The specified bucket does not exist.");
  }

  static objectNotFound(bucket: string, object: string): ApiError {
    return new ApiError(404, "notFound", `No such object: ${bucket}/${object}`);
  }

  static preconditionFailed(): ApiError {
    return new ApiError(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
  }

  static invalid(message: string): ApiError {
    return new ApiError(400, "invalid", message);
  }
}
