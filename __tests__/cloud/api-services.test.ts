import { GcsBackedContainerApp } from "../../lib";
import { ready, simplest, synthesize, synthesizeApp } from "../support/synthesize";

type Props = Parameters<typeof synthesizeApp>[0];
const services = (props: Props = {}) =>
  Object.values(synthesizeApp(props).resource.google_project_service ?? {}).map(({ service }) => service.split(".")[0]);

test("what is used is enabled, and nothing else", () => {
  expect(services()).toEqual(["cloudresourcemanager", "compute", "iam", "logging", "monitoring", "storage"]);
  expect(services(simplest())).toContain("artifactregistry");
  expect(services({ machine: { logging: false, monitoring: false } })).toEqual([
    "cloudresourcemanager",
    "compute",
    "iam",
    "storage",
  ]);
  expect(services({ network: { iapSsh: true } })).toContain("iap");
});

test("it is never disabled", () => {
  for (const service of Object.values(synthesizeApp().resource.google_project_service)) {
    expect(service).toMatchObject({ disable_on_destroy: false, disable_dependent_services: false });
  }
});

test("nothing is enabled where that was turned off", () => {
  const stack = synthesizeApp({ enableApis: false });
  expect(stack.resource.google_project_service).toBeUndefined();
  expect(stack.resource.terraform_data).toBeUndefined();
});

test("the script that waits for fresh APIs is told all by its environment, which hides the token", () => {
  const [{ provisioner }] = Object.values(synthesizeApp().resource.terraform_data).filter((data) => data.provisioner);
  expect(provisioner).toEqual([
    {
      "local-exec": {
        command: expect.stringMatching(/^node assets\/\S+\/enable-services\.cjs$/),
        environment: {
          ACCESS_TOKEN: "${data.google_client_config.google-client-config.access_token}",
          PROJECT: "demo-project-123",
          REGION: "us-east1",
          SERVICES: services()
            .map((name) => `${name}.googleapis.com`)
            .join(","),
        },
      },
    },
  ]);
});

test("every other resource of Google waits for them", () => {
  const { resource } = synthesizeApp();
  const [[ready, { depends_on: services }]] = Object.entries(resource.terraform_data).filter(
    ([, data]) => data.depends_on,
  );
  expect(services).toEqual(
    Object.keys(resource.google_project_service).map((name) => `google_project_service.${name}`),
  );
  for (const type of [
    "google_compute_address",
    "google_storage_bucket",
    "google_service_account",
    "google_compute_firewall",
  ]) {
    for (const { depends_on: dependsOn } of Object.values(resource[type])) {
      expect(dependsOn).toEqual([`terraform_data.${ready}`]);
    }
  }
});

describe("several apps in one stack", () => {
  const synthesizeApps = (...apps: Props[]) =>
    synthesize((scope) =>
      apps.forEach((props, index) => new GcsBackedContainerApp(scope, `app-${index}`, { ...ready(), ...props })),
    );
  const enabling = ({ resource }: ReturnType<typeof synthesize>) =>
    Object.values(resource.terraform_data)
      .filter(({ provisioner }) => provisioner)
      .map(({ provisioner, triggers_replace: triggers }) => {
        const { PROJECT, REGION, SERVICES } = provisioner[0]["local-exec"].environment;
        expect(triggers).toEqual([PROJECT, SERVICES]);
        return [PROJECT, REGION, SERVICES.replaceAll(".googleapis.com", "")];
      });

  test("ask once for all that one of them uses, and all wait for it", () => {
    const stack = synthesizeApps(
      { machine: { monitoring: false } },
      { machine: { logging: false }, network: { iapSsh: true } },
    );
    expect(enabling(stack)).toEqual([
      ["demo-project-123", "us-east1", "cloudresourcemanager,compute,iam,iap,logging,monitoring,storage"],
    ]);
    const names = Object.keys(stack.resource.google_project_service);
    expect(names).toHaveLength(7);
    const [[ready, { depends_on: waitsFor }]] = Object.entries(stack.resource.terraform_data).filter(
      ([, { provisioner }]) => !provisioner,
    );
    expect(waitsFor).toEqual(names.map((name) => `google_project_service.${name}`));
    for (const { depends_on: dependsOn } of Object.values(stack.resource.google_service_account)) {
      expect(dependsOn).toEqual([`terraform_data.${ready}`]);
    }
  });

  test("ask apart in another project or region", () => {
    const asked = enabling(
      synthesizeApps({}, { project: "other-project-456" }, { zone: "europe-west1-b" }, { zone: "us-east1-c" }),
    );
    expect(asked.map(([project, region]) => `${project} ${region}`).sort()).toEqual([
      "demo-project-123 europe-west1",
      "demo-project-123 us-east1",
      "other-project-456 us-east1",
    ]);
  });

  test("ask for nothing more where one of them does not", () => {
    expect(enabling(synthesizeApps({ enableApis: false, network: { iapSsh: true } }, {}))).toEqual([
      ["demo-project-123", "us-east1", "cloudresourcemanager,compute,iam,logging,monitoring,storage"],
    ]);
  });
});
