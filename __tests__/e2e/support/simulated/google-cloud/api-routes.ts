import { FastifyInstance } from "fastify";
import { requireApi } from "./enabled-apis";
import { Cloud } from "./shared-by-apis";
import { Fault } from "./google-faults";
import { Project, Resource } from "./google-state";

export interface ApiRequest {
  readonly params: Record<string, string>;
  readonly query: Record<string, string | undefined>;
  readonly body: Resource;
  /** The body with the nulls by which a PATCH removes fields. */
  readonly sent: unknown;
  /** A fault that concerns the operation that this request starts. */
  readonly fault?: Fault;
}

export interface Method {
  /** The method's id, like compute.instances.insert. */
  readonly id: string;
  readonly verb: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** A custom verb at the end (`:enable`) is written `/~enable`. */
  readonly path: string;
  /** Schema of the body in discovery.json, like compute.Instance. */
  readonly body?: string;
  /** The project whose APIs count; none when nobody needs to have enabled anything. */
  readonly project?: (request: ApiRequest) => Project | undefined;
  readonly handler: (request: ApiRequest) => object | undefined | Promise<object | undefined>;
}

declare module "fastify" {
  interface FastifyContextConfig {
    methodId?: string;
    /** What must hold before the body is even looked at. */
    allow?: (request: ApiRequest) => void;
  }
}

/** Adds the methods of one API below its prefix. */
export function addApi(app: FastifyInstance, cloud: Cloud, api: string, prefix: string, methods: Method[]): void {
  for (const method of methods) {
    app.route({
      method: method.verb,
      url: `${prefix}${method.path}`,
      ...(method.body ? { schema: { body: { $ref: `${method.body}#` } } } : {}),
      config: {
        methodId: method.id,
        allow: (request) => {
          const project = method.project?.(request);
          if (project) requireApi(cloud, project, api);
        },
      },
      handler: async (request, reply) => {
        const answer = await method.handler(request.api);
        if (request.method !== "GET") cloud.save();
        if (answer === undefined) return reply.code(204).send();
        return reply.send(answer);
      },
    });
  }
}
