import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { TerraformStack, TerraformVariable, Testing } from "cdktf";
import { GcsBackedContainerApp } from "../lib";
import { newStack, synthesized } from "./support/synthesize";

const addressOf = (stack: TerraformStack, zone?: string) =>
  GcsBackedContainerApp.dockerProviderConfig(stack, zone).registryAuth;
const withGoogle = (settings: object) => {
  const stack = new TerraformStack(Testing.app(), "cloud");
  new GoogleProvider(stack, "google", settings);
  return stack;
};

test("the docker provider logs in to the zone's region as the google provider's user", () => {
  expect(synthesized(newStack()).provider?.docker).toEqual([
    {
      registry_auth: [
        {
          address: "us-east1-docker.pkg.dev",
          username: "oauth2accesstoken",
          password: "${data.google_client_config.google-client-config.access_token}",
        },
      ],
    },
  ]);
});

test("a stack asks once who it acts as", () => {
  const stack = newStack();
  expect(() => addressOf(stack, "europe-west4-a")).not.toThrow();
  expect(stack.node.children.filter(({ node }) => node.id === "google-client-config")).toHaveLength(1);
});

test("without a zone it is the google provider's", () => {
  expect(addressOf(withGoogle({ zone: "europe-west4-a" }))).toMatchObject([{ address: "europe-west4-docker.pkg.dev" }]);
});

test("an aliased google provider is not asked, and one without a zone has none", () => {
  const missing = (why: string) =>
    new Error(
      `zone is missing: ${why}: pass the app's zone as the second argument, dockerProviderConfig(stack, zone), or add a google provider with a zone and without alias to the stack before`,
    );
  expect(() => addressOf(withGoogle({ zone: "europe-west4-a", alias: "other" }))).toThrow(
    missing('the stack\'s google provider has an alias ("other"), and what is created here uses the one without'),
  );
  expect(() => addressOf(withGoogle({ project: "my-project" }))).toThrow(
    missing("the stack's google provider has none"),
  );
  expect(() => addressOf(new TerraformStack(Testing.app(), "cloud"))).toThrow(
    missing("the stack has no google provider yet"),
  );
});

test("the zone is checked, and may be an unresolved token", () => {
  const stack = newStack();
  expect(() => addressOf(stack, "us-east1")).toThrow(/^zone "us-east1" is not valid: /);
  expect(() => addressOf(stack, new TerraformVariable(stack, "zone", {}).stringValue)).not.toThrow();
});
