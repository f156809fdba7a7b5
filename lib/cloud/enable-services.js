// Run by Terraform's local-exec with `node -e`: enables the APIs that are off and waits until the fresh ones answer. The
// google provider does not wait: right after an API was enabled its calls fail, and its own google_project_service needs
// the resource manager's API to be on before it can enable anything.
const { ACCESS_TOKEN, PROJECT, REGION, SERVICES } = process.env;
const MINUTE = 60000;
const ANSWERS_IN_A_ROW = 3;

// The provider's own variables for other endpoints, and its defaults.
function endpoint(variable, url) {
  const base = process.env[`GOOGLE_${variable}_CUSTOM_ENDPOINT`] || url;
  return base.endsWith("/") ? base : `${base}/`;
}

const serviceUsage = endpoint("SERVICE_USAGE", "https://serviceusage.googleapis.com/v1/");

// A cheap call of each API that Terraform itself will call.
const PROBES = {
  "artifactregistry.googleapis.com": () =>
    `${endpoint("ARTIFACT_REGISTRY", "https://artifactregistry.googleapis.com/v1/")}projects/${PROJECT}/locations/${REGION}/repositories?pageSize=1`,
  "cloudresourcemanager.googleapis.com": () =>
    `${endpoint("RESOURCE_MANAGER", "https://cloudresourcemanager.googleapis.com/v1/")}projects/${PROJECT}`,
  "compute.googleapis.com": () =>
    `${endpoint("COMPUTE", "https://compute.googleapis.com/compute/v1/")}projects/${PROJECT}/regions/${REGION}`,
  "iam.googleapis.com": () =>
    `${endpoint("IAM", "https://iam.googleapis.com/v1/")}projects/${PROJECT}/serviceAccounts?pageSize=1`,
  "storage.googleapis.com": () =>
    `${endpoint("STORAGE", "https://storage.googleapis.com/storage/v1/")}b?project=${PROJECT}&maxResults=1`,
};

let quotaProject = true;

async function call(url, options = {}) {
  const headers = { authorization: `Bearer ${ACCESS_TOKEN}`, "content-type": "application/json" };
  if (quotaProject) {
    headers["x-goog-user-project"] = PROJECT;
  }
  const response = await fetch(url, { ...options, headers, signal: AbortSignal.timeout(MINUTE) });
  const text = await response.text();
  if (quotaProject && text.includes("USER_PROJECT_DENIED")) {
    quotaProject = false;
    return call(url, options);
  }
  return { status: response.status, text };
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(what, attempt) {
  const end = Date.now() + 10 * MINUTE;
  for (let delay = 1000; ; delay = Math.min(delay * 2, 10000)) {
    let reason;
    try {
      reason = await attempt();
    } catch (error) {
      reason = error.cause ? `${error.message}: ${error.cause.message}` : error.message;
    }
    if (reason === undefined) {
      return;
    }
    if (Date.now() > end) {
      throw new Error(`${what}: ${reason}`);
    }
    await pause(delay);
  }
}

const isTransient = ({ status }) => status === 429 || status >= 500;

async function request(what, url, options) {
  let answer;
  await until(what, async () => {
    answer = await call(url, options);
    return isTransient(answer) ? answer.text : undefined;
  });
  if (answer.status >= 400) {
    throw new Error(`${what}: ${answer.text}`);
  }
  return JSON.parse(answer.text);
}

async function disabledServices(services) {
  const names = services.map((service) => `names=projects/${PROJECT}/services/${service}`).join("&");
  const found = await request(
    "the APIs could not be listed",
    `${serviceUsage}projects/${PROJECT}/services:batchGet?${names}`,
  );
  const enabled = (found.services || []).filter((service) => service.state === "ENABLED");
  return services.filter((service) => !enabled.some(({ name }) => name.endsWith(`/${service}`)));
}

// The batch takes two or more.
async function enable(services) {
  const [path, body] =
    services.length > 1 ? [":batchEnable", { serviceIds: services }] : [`/${services[0]}:enable`, {}];
  await request("the APIs could not be enabled", `${serviceUsage}projects/${PROJECT}/services${path}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  await until("the APIs were not enabled", async () => {
    const off = await disabledServices(services);
    return off.length > 0 ? `still off: ${off.join(", ")}` : undefined;
  });
}

// One answer is not enough: not every server behind an API learns of the change at the same time.
async function waitUntilItAnswers(service) {
  let answers = 0;
  await until(`${service} does not answer`, async () => {
    while (answers < ANSWERS_IN_A_ROW) {
      const answer = await call(PROBES[service]());
      if (isTransient(answer) || /SERVICE_DISABLED|accessNotConfigured/.test(answer.text)) {
        answers = 0;
        return answer.text;
      }
      answers += 1;
      await pause(1000);
    }
    return undefined;
  });
}

async function main() {
  const off = await disabledServices(SERVICES.split(","));
  if (off.length > 0) {
    await enable(off);
    await Promise.all(off.filter((service) => PROBES[service]).map(waitUntilItAnswers));
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
