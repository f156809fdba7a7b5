import { RegistryImage } from "@cdktf/provider-docker/lib/registry-image";
import { TerraformProvider, TerraformStack, Token } from "cdktf";
import { quote } from "../checks/invalid-input";
import { defaultProvider } from "../terraform/provider-settings";
import { resolveTokens } from "../terraform/template-text";

/** Stands for a host that is not known at synthesis. */
const UNKNOWN = "";

/**
 * Makes synthesis fail if the docker provider has no login for the registry that an image is pushed to. Version 3.6.2
 * of the provider then refuses to push, whatever logins Docker itself has, and only after everything else was created.
 *
 * @param image the resource that pushes
 * @param host the registry; nothing is checked where it, or a login's address, is an unresolved token
 * @param app the app's name
 * @see https://registry.terraform.io/providers/kreuzwerker/docker/3.6.2/docs#registry-credentials
 */
export function requireRegistryLogin(image: RegistryImage, host: string, app: string): void {
  // At synthesis, since the provider may be added, or an aspect may set another one, after the app.
  image.node.addValidation({ validate: () => check(image, host, app) });
}

function check(image: RegistryImage, host: string, app: string): string[] {
  const logins = loginsOf(image.provider ?? defaultProvider(image, "docker"));
  const mayHaveOne = logins.includes(UNKNOWN) || (Token.isUnresolved(host) && logins.length > 0);
  if (mayHaveOne || logins.includes(host)) {
    return [];
  }
  const has = logins.length > 0 ? `logins for ${logins.join(", ")} only` : "no login";
  return [
    `the docker provider of stack "${TerraformStack.of(image).node.id}" has ${has}, and pushes images of ${quote(app)} to ${resolveTokens(image, host)}: give it GcsBackedContainerApp.dockerProviderConfig(stack, zone) with the app's zone, and for apps in several regions the registryAuth of each, merged into one list`,
  ];
}

/** The hosts of a docker provider's logins, overrides included. */
function loginsOf(provider: TerraformProvider | undefined): string[] {
  const logins: unknown = provider?.toTerraform().provider.docker[0].registry_auth ?? [];
  if (Token.isUnresolved(logins)) {
    return [UNKNOWN];
  }
  return [logins].flat().map((login) => hostOf((login as { address?: unknown }).address));
}

/** The provider takes an address with a scheme and a path, too. */
function hostOf(address: unknown): string {
  return typeof address !== "string" || Token.isUnresolved(address)
    ? UNKNOWN
    : address.replace(/^https?:\/\//, "").split("/")[0];
}
