import {
  Assembly,
  ClassType,
  EnumType,
  InterfaceType,
  isClassType,
  isEnumType,
  isInterfaceType,
  Method,
  Parameter,
  Property,
  Type,
} from "@jsii/spec";
import { anchor, defaultValue, description, descriptionCell, notes, table, typeCell, typeText } from "./text";

/** The reference of the package's exports, in Markdown, without the members that are inherited from `Construct`. */
export function apiReference(assembly: Assembly): string {
  const types = Object.values(assembly.types ?? {}).sort((a, b) => (a.name < b.name ? -1 : 1));
  const isConstruct = (type: Type) => isClassType(type) && type.base === "constructs.Construct";
  const groups: [string, Type[]][] = [
    ["Constructs", types.filter(isConstruct)],
    ["Classes", types.filter((type) => isClassType(type) && !isConstruct(type))],
    ["Props", types.filter(isInterfaceType)],
    ["Enums", types.filter(isEnumType)],
  ];
  const contents = groups.map(([title, members]) => `- ${title}: ${members.map(link).join(", ")}`);
  const sections = groups.flatMap(([title, members]) => [
    `## ${title}`,
    ...members.map((type) => section(type, assembly)),
  ]);
  return (
    [
      "# API reference",
      "Written by `npm run docs` from the comments in `lib/`; change it there.",
      contents.join("\n"),
      ...sections,
    ].join("\n\n") + "\n"
  );
}

const link = ({ name }: Type) => `[\`${name}\`](#${anchor(name)})`;

function section(type: Type, assembly: Assembly): string {
  const parts = [`### ${type.name}`, description(type.docs), ...notes(type.docs)];
  if (isClassType(type)) {
    parts.push(...classParts(type, assembly));
  } else if (isInterfaceType(type)) {
    parts.push(propsTable(type, assembly));
  } else if (isEnumType(type)) {
    parts.push(membersTable(type));
  }
  return parts.join("\n\n");
}

function classParts(type: ClassType, assembly: Assembly): string[] {
  const parts: string[] = [];
  if (type.initializer && !type.abstract) {
    const { parameters = [], docs } = type.initializer;
    parts.push(code(`new ${type.name}(${signature(parameters)})`), description(docs), ...notes(docs));
    parts.push(parametersTable(parameters, assembly));
  }
  const methods = [...(type.methods ?? [])].sort(byDeclaration);
  parts.push(...methods.flatMap((method) => methodParts(type, method, assembly)));
  const properties = [...(type.properties ?? [])].sort(byDeclaration);
  if (properties.length > 0) {
    const rows = properties.map(({ name, docs, optional, ...property }) => [
      `\`${name}\``,
      typeCell(property.type, assembly.name) + (optional ? " or undefined" : ""),
      descriptionCell(docs),
    ]);
    parts.push(table(["property", "type", "description"], rows));
  }
  return parts.filter((part) => part !== "");
}

function methodParts(type: ClassType, method: Method, assembly: Assembly): string[] {
  const { name, parameters = [], returns, docs } = method;
  const result = returns ? `: ${typeText(returns.type)}` : "";
  const owner = method.static ? `${type.name}.` : "";
  return [
    `#### ${owner}${name}`,
    code(`${owner}${name}(${signature(parameters)})${result}`),
    description(docs),
    ...notes(docs),
    ...(parameters.length > 0 ? [parametersTable(parameters, assembly)] : []),
  ];
}

function parametersTable(parameters: readonly Parameter[], assembly: Assembly): string {
  const rows = parameters.map(({ name, optional, docs, type }) => [
    `\`${name}\``,
    typeCell(type, assembly.name) + (optional ? ", optional" : ""),
    descriptionCell(docs),
  ]);
  return table(["parameter", "type", "description"], rows);
}

/** A table of the props, inherited ones included: first the required ones, otherwise in the order of declaration. */
function propsTable(type: InterfaceType, assembly: Assembly): string {
  const rows = allProperties(type, assembly)
    .sort((a, b) => Number(a.optional ?? false) - Number(b.optional ?? false))
    .map(({ name, docs, optional, ...property }) => [
      `<a id="${anchor(type.name)}-${anchor(name)}"></a>\`${name}\``,
      typeCell(property.type, assembly.name),
      optional ? defaultValue(docs?.default ?? "- none") : "_required_",
      descriptionCell(docs),
    ]);
  return table(["prop", "type", "default", "description"], rows);
}

function allProperties(type: InterfaceType, assembly: Assembly): Property[] {
  const bases = (type.interfaces ?? []).map((fqn) => assembly.types?.[fqn]).filter((base) => isInterfaceType(base));
  const inherited = bases.flatMap((base) => allProperties(base, assembly));
  return [...inherited, ...[...(type.properties ?? [])].sort(byDeclaration)];
}

function membersTable(type: EnumType): string {
  const rows = type.members.map(({ name, docs }) => [`\`${name}\``, descriptionCell(docs)]);
  return table(["member", "description"], rows);
}

interface Declared {
  readonly locationInModule?: { readonly line: number };
}
const byDeclaration = (a: Declared, b: Declared) => (a.locationInModule?.line ?? 0) - (b.locationInModule?.line ?? 0);

function signature(parameters: readonly Parameter[]): string {
  return parameters.map(({ name, optional, type }) => `${name}${optional ? "?" : ""}: ${typeText(type)}`).join(", ");
}

const code = (text: string) => `\`\`\`ts\n${text}\n\`\`\``;
