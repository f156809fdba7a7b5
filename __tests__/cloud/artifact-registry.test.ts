import { ArtifactRegistry } from "../../lib";
import { newStack, synthesized } from "../support/synthesize";

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
  expect(() => ArtifactRegistry.dockerProviderConfig(stack, "europe-west4-a")).not.toThrow();
  expect(stack.node.children.filter(({ node }) => node.id === "google-client-config")).toHaveLength(1);
});
