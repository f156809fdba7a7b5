/** The metadata of an app's VM, exactly as Terraform plans it for the instance of a synthesized stack. */
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { LocalBackend, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { GcsBackedContainerApp, GcsBackedContainerAppProps } from "../../../../lib";
import { Declaration } from "../../../../lib/boot/declaration";
import { DECLARATION_KEY } from "../../../../lib/boot/paths";
import { planStack } from "../plan";

export const PROJECT = "test-project";
export const ZONE = "us-east1-b";

/** What a test says of its app; a function is given the stack, for values that are unresolved tokens. */
export type AppProps =
  | Omit<GcsBackedContainerAppProps, "project" | "zone">
  | ((stack: Construct) => Omit<GcsBackedContainerAppProps, "project" | "zone">);

export async function plannedMetadata(props: AppProps): Promise<Record<string, string>> {
  return (await plannedMetadataOfAll([props]))[0];
}

/** The metadata of several apps' VMs, from one plan. */
export async function plannedMetadataOfAll(apps: readonly AppProps[]): Promise<Record<string, string>[]> {
  const names = apps.map((_, index) => `app-${index}`);
  const plan = await planStack("cloud", (app) => {
    const stack = new TerraformStack(app, "cloud");
    // Not the default, which is a file in the working directory that another test may have locked.
    new LocalBackend(stack, { path: "terraform.tfstate" });
    new GoogleProvider(stack, "google", { project: PROJECT, zone: ZONE });
    apps.forEach((props, index) => {
      const given = typeof props === "function" ? props(stack) : props;
      new GcsBackedContainerApp(stack, names[index], { project: PROJECT, zone: ZONE, ...given });
    });
  });
  const instances = (plan.resource_changes ?? [])
    .filter(({ type }) => type === "google_compute_instance")
    .map(({ change }) => change.after as { name: string; metadata?: Record<string, string> });
  return names.map((name) => {
    const metadata = instances.find((instance) => instance.name === name)?.metadata;
    for (const key of ["user-data", DECLARATION_KEY]) {
      if (metadata?.[key] === undefined) throw new Error(`the planned VM ${name} has no ${key}`);
    }
    return metadata!;
  });
}

type Metadata = Readonly<Record<string, string>>;

export function declarationOf(metadata: Metadata): Declaration {
  return JSON.parse(metadata[DECLARATION_KEY]) as Declaration;
}

/** The metadata with another declaration: what Terraform plans differs in nothing else. */
export function declaring(metadata: Metadata, changed: Partial<Declaration>): Record<string, string> {
  return { ...metadata, [DECLARATION_KEY]: JSON.stringify({ ...declarationOf(metadata), ...changed }) };
}
