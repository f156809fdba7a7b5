// A simulated Google Cloud: the REST methods that this project's Terraform resources call, close enough that the real
// google provider cannot tell (defaults, fingerprints, etags, operations, refusals). It stands in for Google's side,
// which no test can have; wording of rare errors is from memory of the real ones.
import Fastify, { FastifyError, FastifyInstance } from "fastify";
import { Call } from "./api-call";
import { Cloud } from "./shared-by-apis";
import discovery from "./discovery.json";
import { GoogleError } from "./google-error";
import { errorOf, Fault } from "./google-faults";
import { ApiRequest } from "./api-routes";
import { Resource } from "./google-state";

declare module "fastify" {
  interface FastifyRequest {
    call?: Call;
    fault?: Fault;
    api: ApiRequest;
  }
}

export function newServer(cloud: Cloud): FastifyInstance {
  const app = Fastify({
    // Some of the provider's clients append the version to an http endpoint that already has it. A custom verb
    // becomes a path segment, because routers take a colon for a parameter.
    rewriteUrl: ({ url = "/" }) => {
      const [path, query] = url.split("?", 2);
      const rewritten = path.replace("/v1/v1/", "/v1/").replace(/:([a-zA-Z]+)$/, "/~$1");
      return query === undefined ? rewritten : `${rewritten}?${query}`;
    },
    bodyLimit: 8 * 1024 * 1024,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 2048 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, strict: false } },
  });
  for (const schema of discovery.schemas) app.addSchema(schema);

  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, body ? JSON.parse(body as string) : {});
    } catch (error) {
      done(new GoogleError(400, "parseError", `Parse Error: ${(error as Error).message}`));
    }
  });

  app.addHook("preValidation", async (request) => {
    const { methodId = "unknown", allow } = request.routeOptions.config;
    const call: Call = {
      method: methodId,
      verb: request.method,
      url: request.originalUrl,
      body: request.body,
      at: Date.now(),
    };
    request.call = call;
    cloud.calls.push(call);
    await cloud.hooks.onCall?.(call);
    if (!/^Bearer \S/.test(request.headers.authorization ?? "")) {
      throw new GoogleError(401, "authError", "Request is missing required authentication credential.");
    }
    request.fault = cloud.faults.take(methodId);
    if (request.fault?.status && !request.fault.after) throw errorOf(request.fault);
    const body = withoutNulls(request.body ?? {}) as Resource;
    request.api = {
      params: request.params as Record<string, string>,
      query: request.query as Record<string, string>,
      body,
      sent: request.body,
      fault: request.fault,
    };
    allow?.(request.api);
    if (request.body) request.body = body;
  });

  app.addHook("preSerialization", async (request, reply, payload) => {
    if (request.fault?.status && request.fault.after && reply.statusCode < 400) {
      const error = errorOf(request.fault);
      reply.code(error.code);
      return error.body();
    }
    return payload;
  });

  app.addHook("onResponse", async (request, reply) => {
    if (request.call) request.call.status = reply.statusCode;
  });

  app.setErrorHandler((error: FastifyError | GoogleError, _request, reply) => {
    const answer = error instanceof GoogleError ? error : validationError(error);
    return reply.code(answer.code).send(answer.body());
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new GoogleError(
      404,
      "notFound",
      `The simulated cloud has no ${request.method} ${request.originalUrl}`,
    );
    cloud.calls.push({
      method: "unknown",
      verb: request.method,
      url: request.originalUrl,
      body: request.body,
      at: Date.now(),
      status: 404,
    });
    return reply.code(404).send(error.body());
  });
  return app;
}

function validationError(error: FastifyError): GoogleError {
  const [failure] = error.validation ?? [];
  if (!failure) return new GoogleError(error.statusCode ?? 500, "backendError", `${error.message}`);
  const field = `resource${failure.instancePath.replace(/\/(\d+)/g, "[$1]").replace(/\//g, ".")}`;
  const message =
    failure.keyword === "additionalProperties"
      ? `Invalid JSON payload received. Unknown name "${failure.params.additionalProperty}" at '${field}': Cannot find field.`
      : failure.keyword === "pattern"
        ? `Invalid value for field '${field}'. Must be a match of regex '${failure.params.pattern}'`
        : `Invalid value at '${field}': ${failure.message}`;
  return new GoogleError(400, failure.keyword === "pattern" ? "invalid" : "badRequest", message);
}

/** For Google null means absent, except where a PATCH removes a field. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((v) => v !== null).map(withoutNulls);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== null)
      .map(([k, v]) => [k, withoutNulls(v)]),
  );
}
