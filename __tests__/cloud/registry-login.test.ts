import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { RegistryImage } from "@cdktf/provider-docker/lib/registry-image";
import { Aspects, IResolvable, TerraformStack, TerraformVariable } from "cdktf";
import { GcsBackedContainerApp, GcsBackedContainerAppProps } from "../../lib";
import { logInTo, newStack, ready, simplest, synthesized } from "../support/synthesize";

/** An app whose image is built, and whose sidecar's is not. */
const building = (): GcsBackedContainerAppProps => ({ ...ready(), image: simplest().image });
const docker = (stack: TerraformStack) => stack.node.findChild("docker") as DockerProvider;

/** What synthesis says of a stack with the app, once `change` was made to the stack. */
function messageOf(change: (stack: TerraformStack) => void, props: Partial<GcsBackedContainerAppProps> = {}): string {
  const stack = newStack();
  new GcsBackedContainerApp(stack, "gallery", { ...building(), ...props });
  change(stack);
  try {
    synthesized(stack);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

const missing = (has: string, host = "us-east1-docker.pkg.dev") =>
  `the docker provider of stack "cloud" has ${has}, and pushes images of "gallery" to ${host}: give it GcsBackedContainerApp.dockerProviderConfig(stack, zone) with the app's zone, and for apps in several regions the registryAuth of each, merged into one list`;
const login = (address: string) => (stack: TerraformStack) => {
  docker(stack).registryAuth = [{ address }];
};

test("a docker provider that logs in to another region is refused", () => {
  expect(messageOf(login("europe-west4-docker.pkg.dev"))).toContain(
    missing("logins for europe-west4-docker.pkg.dev only"),
  );
  expect(messageOf(() => undefined, { zone: "asia-east1-a" })).toContain(
    missing("logins for us-east1-docker.pkg.dev only", "asia-east1-docker.pkg.dev"),
  );
});

test("a docker provider without any login is refused, even where the region is an unresolved token", () => {
  expect(messageOf((stack) => docker(stack).resetRegistryAuth())).toContain(missing("no login"));
  const stack = newStack();
  docker(stack).resetRegistryAuth();
  const zone = new TerraformVariable(stack, "zone", {}).stringValue;
  new GcsBackedContainerApp(stack, "gallery", { ...building(), zone });
  expect(() => synthesized(stack)).toThrow(
    /has no login, and pushes images of "gallery" to \$\{join\(.*-docker\.pkg\.dev: /,
  );
});

test("an app that builds nothing needs no login", () => {
  expect(messageOf((stack) => docker(stack).resetRegistryAuth(), { image: ready().image })).toBe("");
});

test.each(["us-east1-docker.pkg.dev", "https://us-east1-docker.pkg.dev", "http://us-east1-docker.pkg.dev/my-project"])(
  "a login for %s is one, whatever it logs in with",
  (address) => {
    expect(messageOf(login(address))).toBe("");
  },
);

test("apps in several regions need a login each", () => {
  const synthesizeWith = (...zones: string[]) => {
    const stack = newStack();
    new GcsBackedContainerApp(stack, "gallery", building());
    new GcsBackedContainerApp(stack, "shop", { ...building(), zone: "europe-west4-a" });
    logInTo(stack, ...zones);
    return () => synthesized(stack);
  };
  expect(synthesizeWith("us-east1-b")).toThrow(/pushes images of "shop" to europe-west4-docker\.pkg\.dev/);
  expect(synthesizeWith("us-east1-b", "europe-west4-a")).not.toThrow();
});

test("what is not known at synthesis passes", () => {
  const variable = (stack: TerraformStack) => new TerraformVariable(stack, "text", {});
  const inRegion = (stack: TerraformStack) => login(`${variable(stack).stringValue}-docker.pkg.dev`)(stack);
  expect(messageOf(inRegion)).toBe("");
  const whole = (stack: TerraformStack) => {
    docker(stack).registryAuth = variable(stack).value as IResolvable;
  };
  expect(messageOf(whole)).toBe("");
  const stack = newStack();
  new GcsBackedContainerApp(stack, "gallery", { ...building(), zone: variable(stack).stringValue });
  expect(() => synthesized(stack)).not.toThrow();
});

test("overrides of the provider count", () => {
  const override = (stack: TerraformStack) => {
    docker(stack).resetRegistryAuth();
    docker(stack).addOverride("registry_auth", [{ address: "us-east1-docker.pkg.dev" }]);
  };
  expect(messageOf(override)).toBe("");
});

test("a provider with an alias counts for the images that are pushed with it only", () => {
  const withAlias = (stack: TerraformStack) => {
    const provider = new DockerProvider(stack, "east", {
      alias: "east",
      registryAuth: docker(stack).registryAuthInput,
    });
    login("europe-west4-docker.pkg.dev")(stack);
    return provider;
  };
  expect(messageOf(withAlias)).toContain(missing("logins for europe-west4-docker.pkg.dev only"));
  const pushWith = (stack: TerraformStack) => {
    const provider = withAlias(stack);
    Aspects.of(stack).add({
      visit: (node) => {
        if (node instanceof RegistryImage) {
          node.provider = provider;
        }
      },
    });
  };
  expect(messageOf(pushWith)).toBe("");
});
