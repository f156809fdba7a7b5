/**
 * Simulated: Secret Manager's `versions.access`, as the VM asks it over REST: for a valid access token, with the errors
 * that it answers for what is missing, denied or disabled.
 */
import { FastifyInstance } from "fastify";
import { buf as crc32c } from "crc-32/crc32c";

export const SECRET_MANAGER_HOST = "secretmanager.googleapis.com";

export class SecretManagerService {
  readonly hosts = [SECRET_MANAGER_HOST];
  /** The names of the versions that were read, or were to be. */
  readonly asked: string[] = [];
  private readonly values = new Map<string, Buffer>();
  private readonly disabled = new Set<string>();
  private fault?: "denied" | "down";

  /** Adds a version and returns its number. */
  add(secret: string, value: string | Buffer): string {
    const number = [...this.values.keys()].filter((name) => name.startsWith(`${secret}/`)).length + 1;
    this.values.set(`${secret}/versions/${number}`, Buffer.from(value));
    return String(number);
  }

  disable(secret: string, version: string): void {
    this.disabled.add(`${secret}/versions/${version}`);
  }

  enable(secret: string, version: string): void {
    this.disabled.delete(`${secret}/versions/${version}`);
  }

  /** From now on, until it is called with undefined. */
  setFault(fault: "denied" | "down" | undefined): void {
    this.fault = fault;
  }

  addRoutes(server: FastifyInstance): void {
    server.get("/v1/projects/:project/secrets/:secret/versions/*", async (request, reply) => {
      const name = request.url.slice("/v1/".length).replace(/:access$/, "");
      this.asked.push(name);
      const [code, body] = this.answer(name);
      return reply
        .status(code)
        .header("content-type", "application/json; charset=UTF-8")
        .send(JSON.stringify(body, null, 2));
    });
  }

  private answer(name: string): [number, object] {
    const refusal = (code: number, status: string, message: string): [number, object] => [
      code,
      { error: { code, message, status } },
    ];
    if (this.fault === "down") return refusal(503, "UNAVAILABLE", "The service is currently unavailable.");
    if (this.fault === "denied") {
      return refusal(
        403,
        "PERMISSION_DENIED",
        `Permission 'secretmanager.versions.access' denied for resource '${name}' (or it may not exist).`,
      );
    }
    const found = this.resolve(name);
    if (found === undefined) return refusal(404, "NOT_FOUND", `Secret Version [${name}] not found.`);
    if (this.disabled.has(found)) {
      return refusal(400, "FAILED_PRECONDITION", `Secret Version [${found}] is in DISABLED state.`);
    }
    const value = this.values.get(found)!;
    const dataCrc32c = String(crc32c(value) >>> 0);
    return [200, { name: found, payload: { data: value.toString("base64"), dataCrc32c } }];
  }

  /** The newest one for `latest`. */
  private resolve(name: string): string | undefined {
    const newest = [...this.values.keys()].filter((one) => one.startsWith(name.replace(/latest$/, ""))).at(-1);
    return name.endsWith("/latest") ? newest : this.values.has(name) ? name : undefined;
  }
}
