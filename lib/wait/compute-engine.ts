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

const DEFAULT_ENDPOINT = "https://compute.googleapis.com/compute/v1/";
const REQUEST_TIMEOUT_MS = 10_000;
/** What messages have instead of the access token, and of a password. */
const HIDDEN = "(hidden)";

interface Answer {
  readonly status: number;
  /** The JSON of the response; undefined if it is none. */
  readonly body?: unknown;
  readonly text: string;
  /** What it says, in one line, for a message. */
  readonly reason: string;
}

interface MetadataItem {
  readonly key: string;
  readonly value?: string;
}

interface Instance {
  readonly status?: string;
  readonly metadata?: { readonly items?: unknown };
}

interface GuestAttributes {
  readonly queryValue?: { readonly items?: readonly { readonly value?: string }[] };
}

/** Asks the Compute Engine API, at the google provider's endpoint. */
export class ComputeEngine {
  private readonly endpoint: string;
  private token?: string;

  /** @throws CannotAsk if the endpoint is no URL */
  constructor(private readonly environment: Environment) {
    this.endpoint = endpointOf(environment);
  }

  /**
   * @throws NoAnswer for what may pass: the network, an overloaded server
   * @throws CannotAsk for what does not: no access, no such VM, a VM of something else
   */
  public async vm(name: VmName): Promise<Vm> {
    const instance = await this.get(name, "");
    if (instance.status === 404) {
      throw new CannotAsk(
        `there is no VM ${named(name)}: deploy the app first, or give its name, zone and project (${instance.reason})`,
      );
    }
    const { status: lifecycle = "", metadata } = okay(instance, name) as Instance;
    const values = new Map(metadataItems(metadata?.items).map(({ key, value }) => [key, value]));
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
    const token = (this.token ??= await accessToken(this.environment));
    const [one, two, three] = [project, zone, name].map(encodeURIComponent);
    const url = `${this.endpoint}projects/${one}/zones/${two}/instances/${three}${path}`;
    try {
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const text = await response.text();
      const body = parse(text);
      const reason = `HTTP ${response.status}: ${printable(messageOf(text, body), token)}`;
      return { status: response.status, text, body, reason };
    } catch (error) {
      const reason = printable(reasonOfError(error as Error), token);
      throw new NoAnswer(`Compute Engine does not answer at ${this.endpoint}: ${reason}`);
    }
  }
}

/**
 * Where the google provider, too, asks. A user name and password in it go nowhere, since the access token goes in their
 * place: they are left out of messages as well.
 *
 * @throws CannotAsk if it is no URL
 * @see https://registry.terraform.io/providers/hashicorp/google/6.50.0/docs/guides/provider_reference
 */
function endpointOf({ GOOGLE_COMPUTE_CUSTOM_ENDPOINT: given }: Environment): string {
  const url = parsedUrl(given || DEFAULT_ENDPOINT);
  if (url === undefined) {
    throw new CannotAsk(
      `GOOGLE_COMPUTE_CUSTOM_ENDPOINT "${given!.replace(/.*@/s, `${HIDDEN}@`)}" is not valid: use a URL such as "${DEFAULT_ENDPOINT}"`,
    );
  }
  url.username = "";
  url.password = "";
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}

function parsedUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && ["http:", "https:"].includes(url.protocol) ? url : undefined;
}

/** @throws NoAnswer if they are none, as a proxy on the way may answer */
function metadataItems(items: unknown = []): readonly MetadataItem[] {
  if (!Array.isArray(items) || !items.every(isMetadataItem)) {
    throw new NoAnswer("Compute Engine does not answer with the metadata of a VM");
  }
  return items;
}

function isMetadataItem(item: unknown): item is MetadataItem {
  const { key, value } = (item ?? {}) as { readonly [key: string]: unknown };
  return typeof key === "string" && ["string", "undefined"].includes(typeof value);
}

function okay(answer: Answer, name: VmName): unknown {
  const { status, text, body } = answer;
  // Compute Engine answers 403, too, when it is asked too often: https://cloud.google.com/compute/docs/api/rate-limits
  if (status === 429 || status >= 500 || (status === 403 && /rateLimitExceeded|RATE_LIMIT_EXCEEDED/i.test(text))) {
    throw new NoAnswer(`Compute Engine does not answer: ${answer.reason}`);
  }
  if (status === 401) {
    throw new CannotAsk(
      `the access token is not valid, or has expired: set GOOGLE_OAUTH_ACCESS_TOKEN to a new one, or leave it out where gcloud is logged in (${answer.reason})`,
    );
  }
  if (status === 403) {
    throw new CannotAsk(
      `the VM ${named(name)} may not be read: it takes compute.instances.get and compute.instances.getGuestAttributes, as the role Compute Viewer (roles/compute.viewer) has them (${answer.reason})`,
    );
  }
  if (status >= 300) {
    throw new CannotAsk(`the VM ${named(name)} cannot be read: ${answer.reason}`);
  }
  // A proxy on the way may answer with HTML.
  if (typeof body !== "object" || body === null) {
    throw new NoAnswer(`Compute Engine does not answer with JSON: ${answer.reason}`);
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

/** The message of Google's error: https://google.aip.dev/193 */
function messageOf(text: string, body: unknown): string {
  return String((body as { error?: { message?: unknown } } | null | undefined)?.error?.message ?? text);
}

/** What others say, in one line, and without the access token, which a server may send back. */
function printable(text: string, token: string): string {
  return text.split(token).join(HIDDEN).trim().replace(/\s+/g, " ").slice(0, 300);
}

/** Of fetch, which hides the reason in its cause. */
function reasonOfError({ message, cause }: Error & { readonly cause?: unknown }): string {
  const { message: reason = "", code = "" } = (cause ?? {}) as NodeJS.ErrnoException;
  return [message, reason || code].filter(Boolean).join(": ");
}
