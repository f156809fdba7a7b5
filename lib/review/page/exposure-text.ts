import { withoutSecretParts } from "../../checks/secret-values";
import { Exposure } from "../exposures/exposure";
import { Text, value, valuesOf } from "../format/document";

/** An exposure as a line: the app, what it is, and the values that it is about. */
export function exposureText({ app, text, values }: Exposure): Text {
  return [
    ...(app === undefined ? [] : [value(app), ": "]),
    text,
    ...(values.length > 0 ? [" (", ...valuesOf(values.map(withoutSecretParts)), ")"] : []),
  ];
}
