// Run by Terraform's local-exec: enables the APIs that are off and waits until they answer. The google provider does
// not wait, and calls right after enabling fail. Its google_project_service cannot enable anything either before the
// resource manager's API is on.

/**
 * @typedef {{ readonly [name: string]: string | undefined }} Environment
 * @typedef {{ readonly method?: string; readonly body?: string }} Options
 * @typedef {{ readonly status: number; readonly text: string }} Answer
 */

/**
 * Time, in milliseconds.
 *
 * @typedef {object} Clock
 * @property {() => number} now
 * @property {(milliseconds: number) => Promise<void>} pause
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** An API usually answers a minute or two after it was enabled. */
const LONGEST_WAIT = 10 * MINUTE;
/** One answer is not enough: the servers of an API learn of the change at different times. */
const ANSWERS_IN_A_ROW = 3;

const ADVICE =
  "deploy with the role Service Usage Admin (roles/serviceusage.serviceUsageAdmin), or have them enabled and set enableApis to false";

/** @type {Clock} */
const REAL_CLOCK = {
  now: () => Date.now(),
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

class Google {
  /**
   * @param {Environment} environment what Terraform gives, and the google provider's own variables for other endpoints
   * @param {Clock} clock
   */
  constructor(environment, clock) {
    this.environment = environment;
    this.clock = clock;
    this.project = this.setting("PROJECT");
    this.accessToken = this.setting("ACCESS_TOKEN");
    /** Whether requests name the project for their quota, which a user's own credentials require. */
    this.namesQuotaProject = true;
  }

  /** @param {string} name */
  setting(name) {
    const value = this.environment[name];
    if (!value) {
      throw new Error(`${name} is not set`);
    }
    return value;
  }

  /**
   * @param {string} variable
   * @param {string} url the provider's default
   * @see https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference
   */
  endpoint(variable, url) {
    const base = this.environment[`GOOGLE_${variable}_CUSTOM_ENDPOINT`] || url;
    return base.endsWith("/") ? base : `${base}/`;
  }

  /**
   * @param {string} url
   * @param {Options} [options]
   * @returns {Promise<Answer>}
   */
  async call(url, options = {}) {
    const withQuotaProject = this.namesQuotaProject;
    const response = await fetch(url, {
      ...options,
      headers: {
        authorization: `Bearer ${this.accessToken}`,
        "content-type": "application/json",
        ...(withQuotaProject && { "x-goog-user-project": this.project }),
      },
      signal: AbortSignal.timeout(MINUTE),
    });
    const text = await response.text();
    if (withQuotaProject && text.includes("USER_PROJECT_DENIED")) {
      this.namesQuotaProject = false;
      return this.call(url, options);
    }
    return { status: response.status, text };
  }

  /**
   * Repeats an attempt, which returns why it must be repeated, until it returns undefined.
   *
   * @param {string} failure the beginning of the message if that takes too long
   * @param {() => Promise<string | undefined>} attempt
   */
  async until(failure, attempt) {
    const end = this.clock.now() + LONGEST_WAIT;
    for (let delay = SECOND; ; delay = Math.min(delay * 2, 10 * SECOND)) {
      const reason = await attempt().catch(reasonOfError);
      if (reason === undefined) {
        return;
      }
      if (this.clock.now() > end) {
        throw new Error(`${failure}: ${reason}`);
      }
      await this.clock.pause(delay);
    }
  }

  /**
   * Returns the resource of the response. Transient errors are retried.
   *
   * @param {string} failure
   * @param {string} url
   * @param {Options} [options]
   */
  async request(failure, url, options) {
    let answer = { status: 0, text: "" };
    await this.until(failure, async () => {
      answer = await this.call(url, options);
      return isTransient(answer) ? reasonOf(answer) : undefined;
    });
    const { status, text } = answer;
    if (status >= 400) {
      const advice = status === 403 ? `; ${ADVICE}` : "";
      throw new Error(`${failure}: ${reasonOf(answer)}${advice}`);
    }
    return JSON.parse(text);
  }
}

/** @param {Answer} answer */
function isTransient({ status }) {
  return status === 429 || status >= 500;
}

/**
 * The message of Google's error, in one line.
 *
 * @param {Answer} answer
 * @see https://google.aip.dev/193
 */
function reasonOf({ status, text }) {
  let message = text;
  try {
    message = JSON.parse(text).error?.message ?? text;
  } catch {
    // A proxy on the way may answer with HTML.
  }
  return `${String(message).trim().replace(/\s+/g, " ").slice(0, 500)} (HTTP ${status})`;
}

/** @param {Error} error of fetch, which hides the reason in its cause */
function reasonOfError({ message, cause }) {
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

class ServiceUsage {
  /** @param {Google} google */
  constructor(google) {
    this.google = google;
    const base = google.endpoint("SERVICE_USAGE", "https://serviceusage.googleapis.com/v1/");
    this.services = `${base}projects/${google.project}/services`;
  }

  /** @param {string[]} services at most 30 */
  async disabled(services) {
    const names = services.map((service) => `names=projects/${this.google.project}/services/${service}`);
    const found = await this.google.request(
      `the APIs of the project "${this.google.project}" could not be listed`,
      `${this.services}:batchGet?${names.join("&")}`,
    );
    /** @type {{ name: string; state: string }[]} */
    const states = found.services ?? [];
    const enabled = states.filter(({ state }) => state === "ENABLED").map(({ name }) => name.split("/").pop());
    return services.filter((service) => !enabled.includes(service));
  }

  /** @param {string[]} services at most 20. A batch must have at least two, so that a single one is enabled alone */
  async enable(services) {
    const [method, body] =
      services.length > 1 ? [":batchEnable", { serviceIds: services }] : [`/${services[0]}:enable`, {}];
    const failure = `the APIs ${services.join(", ")} of the project "${this.google.project}" could not be enabled`;
    await this.google.request(failure, `${this.services}${method}`, { method: "POST", body: JSON.stringify(body) });
    await this.google.until(failure, async () => {
      const off = await this.disabled(services);
      return off.length > 0 ? `still off: ${off.join(", ")}` : undefined;
    });
  }
}

/**
 * The URL of a cheap request to each API that Terraform will call.
 *
 * @param {Google} google
 * @returns {{ [service: string]: string }}
 */
function probes(google) {
  const { project } = google;
  const region = google.setting("REGION");
  const artifactRegistry = google.endpoint("ARTIFACT_REGISTRY", "https://artifactregistry.googleapis.com/v1/");
  const resourceManager = google.endpoint("RESOURCE_MANAGER", "https://cloudresourcemanager.googleapis.com/v1/");
  const compute = google.endpoint("COMPUTE", "https://compute.googleapis.com/compute/v1/");
  const iam = google.endpoint("IAM", "https://iam.googleapis.com/v1/");
  const storage = google.endpoint("STORAGE", "https://storage.googleapis.com/storage/v1/");
  return {
    "artifactregistry.googleapis.com": `${artifactRegistry}projects/${project}/locations/${region}/repositories?pageSize=1`,
    "cloudresourcemanager.googleapis.com": `${resourceManager}projects/${project}`,
    "compute.googleapis.com": `${compute}projects/${project}/regions/${region}`,
    "iam.googleapis.com": `${iam}projects/${project}/serviceAccounts?pageSize=1`,
    "storage.googleapis.com": `${storage}b?project=${project}&maxResults=1`,
  };
}

/**
 * @param {Google} google
 * @param {string} service
 * @param {string} url
 */
async function waitUntilItAnswers(google, service, url) {
  let answers = 0;
  await google.until(`${service} was enabled but does not answer`, async () => {
    while (answers < ANSWERS_IN_A_ROW) {
      const answer = await google.call(url);
      if (isTransient(answer) || /SERVICE_DISABLED|accessNotConfigured/.test(answer.text)) {
        answers = 0;
        return reasonOf(answer);
      }
      answers += 1;
      await google.clock.pause(SECOND);
    }
    return undefined;
  });
}

/**
 * @param {Environment} environment
 * @param {Clock} [clock]
 */
async function enableServices(environment, clock = REAL_CLOCK) {
  const google = new Google(environment, clock);
  const serviceUsage = new ServiceUsage(google);
  const off = await serviceUsage.disabled(google.setting("SERVICES").split(","));
  if (off.length === 0) {
    return;
  }
  await serviceUsage.enable(off);
  const fresh = Object.entries(probes(google)).filter(([service]) => off.includes(service));
  await Promise.all(fresh.map(([service, url]) => waitUntilItAnswers(google, service, url)));
}

module.exports = { enableServices };

if (require.main === module) {
  enableServices(process.env).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
