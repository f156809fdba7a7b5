import { withoutSecretParts } from "../../checks/secret-values";
import { App } from "../apps/apps";
import { Command, commandsOf, SCRIPTS, scriptOf } from "../exposures/deployment-commands";
import { Block, joined, Text, value, valuesOf } from "../format/document";
import { grantsOf } from "../apps/grants";
import { otherGrants } from "./identity-section";
import { blocksAt, own, textAt } from "../read/json";
import { cutText } from "../format/shown-values";
import { Resource, Stack } from "../read/stack";

/** The kinds of resources that the constructs create beside an app's own, each with a word. */
const HELPERS: { readonly [type: string]: string } = {
  google_project_service: "Google APIs that are enabled, and stay enabled",
  docker_image: "images, built or pulled on the computer that deploys",
  docker_registry_image: "images pushed to their registry, and kept there",
  google_artifact_registry_repository: "repositories of images",
  docker_network: "networks of the Docker Engine",
  docker_volume: "volumes of the Docker Engine",
  docker_container: "containers beside the app: the machine's stand-in, and the emulated Cloud Storage",
};

/** Everything else that a reviewer would ask about. */
export function remainderSection(apps: readonly App[], stack: Stack): Block[] {
  const shown = new Set([
    ...apps.flatMap((app) => (app.kind === "vm" ? [...app.resources] : [app.machine.address])),
    ...grantsOf(stack.resources).map(({ address }) => address),
  ]);
  const left = stack.resources.filter(({ address }) => !shown.has(address));
  const commands = stack.resources.flatMap(commandsOf);
  const isData = ({ type }: Resource) => type === "terraform_data" || type === "null_resource";
  const helpers = left.filter(({ type }) => own(HELPERS, type) !== undefined);
  const others = left.filter((resource) => own(HELPERS, resource.type) === undefined && !isData(resource));
  const blocks: Block[] = [
    ...helperBlocks(helpers),
    ...commandBlocks(commands),
    ...idleBlocks(stack),
    ...refusalBlocks(stack),
    ...otherGrants(apps, stack),
    ...foreignBlocks(others),
  ];
  return blocks.length === 0 ? [] : [{ kind: "heading", level: 2, text: ["The rest of the stack"] }, ...blocks];
}

function helperBlocks(helpers: readonly Resource[]): Block[] {
  const types = Object.keys(HELPERS).filter((type) => helpers.some((resource) => resource.type === type));
  if (types.length === 0) {
    return [];
  }
  const rows = types.map((type): Text[] => [
    [value(type)],
    [HELPERS[type]],
    valuesOf(helpers.filter((resource) => resource.type === type).map(nameOf)),
  ]);
  return [{ kind: "table", head: ["type", "what it is", "which"], rows }];
}

function nameOf({ values, address }: Resource): string {
  return textAt(values, "service") ?? textAt(values, "name") ?? textAt(values, "repository_id") ?? address;
}

function commandBlocks(commands: readonly Command[]): Block[] {
  if (commands.length === 0) {
    return [];
  }
  const items = commands.map((command): Text => {
    const script = scriptOf(command);
    const of = value(command.address);
    return script === undefined
      ? [value(cutText(withoutSecretParts(command.command))), ", of ", of, ", which is not this library's"]
      : [value(script), " ", SCRIPTS[script], "; of ", of];
  });
  return [
    { kind: "paragraph", text: ["What a deployment runs on the computer that deploys:"] },
    { kind: "list", items },
  ];
}

/** Resources of Terraform's own that only order others. */
function idleBlocks({ resources }: Stack): Block[] {
  const idle = resources.filter(
    ({ type, values }) =>
      type === "terraform_data" &&
      blocksAt(values, "provisioner").length === 0 &&
      blocksAt(values, "lifecycle", "precondition").length === 0,
  );
  return idle.length === 0
    ? []
    : [
        {
          kind: "paragraph",
          text: [
            ...valuesOf(idle.map(({ address }) => address)),
            idle.length === 1
              ? " runs nothing: it lets other resources wait"
              : " run nothing: they let other resources wait",
            ", for the APIs for example",
            ...(idle.some(({ address }) => address.includes("_created-as_"))
              ? [", or remember how a disk was created"]
              : []),
            ".",
          ],
        },
      ];
}

/** The check that keeps a stack from being deployed. */
function refusalBlocks({ resources }: Stack): Block[] {
  const refusal = resources.find(({ address }) => address === "terraform_data.refuse-to-deploy");
  const [condition] = blocksAt(refusal?.values, "lifecycle", "precondition");
  const message = textAt(condition, "error_message");
  return message === undefined
    ? []
    : [{ kind: "paragraph", text: ["This stack can be reviewed, and refuses to be deployed: ", value(message)] }];
}

function foreignBlocks(others: readonly Resource[]): Block[] {
  if (others.length === 0) {
    return [];
  }
  const types = [...new Set(others.map(({ type }) => type))].sort();
  const rows = types.map((type): Text[] => [
    [value(type)],
    joined(
      others.filter((resource) => resource.type === type).map(({ address }): Text => [value(address)]),
      ", ",
    ),
  ]);
  return [
    { kind: "paragraph", text: ["Resources that belong to no app, and that this page does not judge:"] },
    { kind: "table", head: ["type", "address"], rows },
  ];
}
