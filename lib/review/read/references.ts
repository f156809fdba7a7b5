import { Declaration } from "../../boot/declaration";
import { isObject, Json, textAt, textsIn } from "./json";
import { Resource } from "./stack";

/**
 * Whether a value names a resource: by a reference, as a synthesized stack has it, or by an attribute of the resource
 * that a plan knows.
 *
 * @param attributes those of the resource that identify it, its name for example
 */
export function names(value: Json | undefined, resource: Resource, ...attributes: string[]): boolean {
  const known = attributes.map((attribute) => textAt(resource.values, attribute)).filter((text) => text !== undefined);
  return textsIn(value).some((text) => mentions(text, resource.address) || known.includes(text));
}

/** Whether an expression refers to an address, and not to one that only begins with it. */
export function mentions(text: string, address: string): boolean {
  const index = text.indexOf(address);
  return (
    index >= 0 &&
    !/[\w.-]/.test(text[index - 1] ?? "") &&
    !/[\w-]/.test(text[index + address.length] ?? "") &&
    isReference(text.slice(0, index))
  );
}

/** The addresses of the resources that expressions in a value refer to. */
export function referredTo(value: Json | undefined, resources: readonly Resource[]): readonly Resource[] {
  const texts = textsIn(value).filter((text) => text.includes("${"));
  return resources.filter(({ address }) => texts.some((text) => mentions(text, address)));
}

/** Whether only Terraform knows a value, or a part of it. */
export function isReference(text: string | undefined): boolean {
  // A literal `${` is written as `$${`.
  return text !== undefined && /(?<!\$)\$\{/.test(text);
}

/** The address of the resource that a text is a reference to, and to nothing else. */
export function referredResource(text: string): string | undefined {
  return /^\$\{((?:data\.)?[\w-]+\.[\w-]+)\.[\w-]+\}$/.exec(text)?.[1];
}

/** The name of what a text refers to, where the stack has it; any other text as it is. */
export function namedIn(text: string, resources: readonly Resource[]): string {
  const address = referredResource(text);
  const target = resources.find((resource) => resource.address === address);
  const name = ["name", "repository_id", "account_id"].map((key) => textAt(target?.values, key)).find(Boolean);
  return name ?? text;
}

/** A text with the names of resources instead of the references to them, where the stack has the names. */
export function withNamesOf(text: string, resources: readonly Resource[]): string {
  return text.replace(/(?<!\$)\$\{([\w-]+\.[\w-]+)\.name\}/g, (reference, address: string) => {
    const target = resources.find((resource) => resource.address === address);
    const name = textAt(target?.values, "name");
    return name === undefined || isReference(name) ? reference : name;
  });
}

/** A value, all texts of which have names instead of references. */
function withNamesIn(value: Json, resources: readonly Resource[]): Json {
  if (typeof value === "string") {
    return withNamesOf(value, resources);
  }
  if (Array.isArray(value)) {
    return value.map((item) => withNamesIn(item, resources));
  }
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withNamesIn(item, resources)]))
    : value;
}

/** A declaration with the names of resources that the stack knows, as a machine will see them. */
export function withKnownNames(resource: Resource, resources: readonly Resource[]): Resource {
  const { declaration } = resource;
  return declaration === undefined
    ? resource
    : { ...resource, declaration: withNamesIn(declaration as unknown as Json, resources) as unknown as Declaration };
}
