import { DECLARATION_KEY, GUEST_ATTRIBUTE } from "../boot/paths";
import { accessToken, Environment, givenToken } from "./access-token";
import { CannotAsk, NoAnswer } from "./errors";
import { Vm } from "./judge";
import { hashOf, parseStatus } from "./status";

/** A VM's name and where it is. */
export interface VmName {
  readonly name: string;
  readonly project: string;
  readonly zone: string;
}

const REQUEST_TIMEOUT_MS = 10_000;

interface Answer {
  readonly status: number;
  /** The JSON of the response; undefined if it is none. */
  readonly body?: unknown;
  readonly text: string;
}

interface Instance {
  readonly status?: string;
  readonly metadata?: { readonly items?: readonly { readonly key: string; readonly value?: string }[] };
}

interface GuestAttributes {
  readonly queryValue?: { readonly items?: readonly { readonly value?: string }[] };
}

/** Asks the Compute Engine API, at the google provider's endpoint. */
export class ComputeEngine {
  private token?: string;

  constructor(private readonly environment: Environment) {}

  /**
   * @throws NoAnswer for what may pass: the network, an overloaded server
   * @throws CannotAsk for what does not: no access, no such VM, a VM of something else
   */
  public async vm(name: VmName): Promise<Vm> {
    const instance = await this.get(name, "");
    if (instance.status === 404) {
      throw new CannotAsk(
        `there is no VM ${named(name)}: deploy the app first, or give its name, zone and project (${reasonOf(instance)})`,
      );
    }
    const { status: lifecycle = "", metadata } = okay(instance, name) as Instance;
    const values = new Map(metadata?.items?.map(({ key, value }) => [key, value]));
    if (!values.has(DECLARATION_KEY)) {
      throw new CannotAsk(
        `the VM ${named(name)} has no metadata key "${DECLARATION_KEY}": it does not run an app of this library`,
      );
    }
    const wanted = {
      declaration: hashOf(values.get(DECLARATION_KEY)),
      userData: hashOf(values.get("user-data")),
    };
    const path = `/getGuestAttributes?queryPath=${encodeURIComponent(GUEST_ATTRIBUTE)}`;
    const attributes = await this.get(name, path);
    // Not there before the VM has reported for the first time.
    if (attributes.status === 404) {
      return { lifecycle, wanted };
    }
    const { queryValue } = okay(attributes, name) as GuestAttributes;
    return { lifecycle, wanted, status: parseStatus(queryValue?.items?.[0]?.value ?? "") };
  }

  private async get(name: VmName, path: string): Promise<Answer> {
    const fresh = this.token === undefined;
    const answer = await this.request(name, path);
    if (answer.status !== 401 || fresh || givenToken(this.environment) !== undefined) {
      return answer;
    }
    // A token lives for an hour at most; gcloud has another one then.
    this.token = undefined;
    return this.request(name, path);
  }

  private async request({ project, zone, name }: VmName, path: string): Promise<Answer> {
    this.token ??= await accessToken(this.environment);
    const [one, two, three] = [project, zone, name].map(encodeURIComponent);
    const url = `${this.endpoint()}projects/${one}/zones/${two}/instances/${three}${path}`;
    try {
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${this.token}` },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const text = await response.text();
      return { status: response.status, text, body: parse(text) };
    } catch (error) {
      throw new NoAnswer(`Compute Engine does not answer at ${this.endpoint()}: ${reasonOfError(error as Error)}`);
    }
  }

  /** @see https://registry.terraform.io/providers/hashicorp/google/6.50.0/docs/guides/provider_reference */
  private endpoint(): string {
    const base = this.environment.GOOGLE_COMPUTE_CUSTOM_ENDPOINT || "https://compute.googleapis.com/compute/v1/";
    return base.endsWith("/") ? base : `${base}/`;
  }
}

function okay(answer: Answer, name: VmName): unknown {
  const { status, text, body } = answer;
  // Compute Engine answers 403, too, when it is asked too often: https://cloud.google.com/compute/docs/api/rate-limits
  if (status === 429 || status >= 500 || (status === 403 && /rateLimitExceeded|RATE_LIMIT_EXCEEDED/i.test(text))) {
    throw new NoAnswer(`Compute Engine does not answer: ${reasonOf(answer)}`);
  }
  if (status === 401) {
    throw new CannotAsk(
      `the access token is not valid, or has expired: set GOOGLE_OAUTH_ACCESS_TOKEN to a new one, or leave it out where gcloud is logged in (${reasonOf(answer)})`,
    );
  }
  if (status === 403) {
    throw new CannotAsk(
      `the VM ${named(name)} may not be read: it takes compute.instances.get and compute.instances.getGuestAttributes, as the role Compute Viewer (roles/compute.viewer) has them (${reasonOf(answer)})`,
    );
  }
  if (status >= 300) {
    throw new CannotAsk(`the VM ${named(name)} cannot be read: ${reasonOf(answer)}`);
  }
  // A proxy on the way may answer with HTML.
  if (typeof body !== "object" || body === null) {
    throw new NoAnswer(`Compute Engine does not answer with JSON: ${reasonOf(answer)}`);
  }
  return body;
}

function named({ name, project, zone }: VmName): string {
  return `"${name}" in zone "${zone}" of project "${project}"`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The message of Google's error, in one line: https://google.aip.dev/193 */
function reasonOf({ status, text, body }: Answer): string {
  const message = (body as { error?: { message?: unknown } } | null | undefined)?.error?.message ?? text;
  return `HTTP ${status}: ${String(message).trim().replace(/\s+/g, " ").slice(0, 300)}`;
}

/** Of fetch, which hides the reason in its cause. */
function reasonOfError({ message, cause }: Error & { readonly cause?: unknown }): string {
  const { message: reason = "", code = "" } = (cause ?? {}) as NodeJS.ErrnoException;
  return [message, reason || code].filter(Boolean).join(": ");
}
