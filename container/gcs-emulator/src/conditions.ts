import { ApiError } from "./api-error";
import type { StoredObject } from "./stored-object";

/** The preconditions of a request. gcsfuse relies on them to notice that another client has overwritten the object. */
export interface Conditions {
  readonly ifGenerationMatch?: number;
  readonly ifGenerationNotMatch?: number;
  readonly ifMetagenerationMatch?: number;
  readonly ifMetagenerationNotMatch?: number;
}

const names = [
  "ifGenerationMatch",
  "ifGenerationNotMatch",
  "ifMetagenerationMatch",
  "ifMetagenerationNotMatch",
] as const;

export function conditionsOf(query: URLSearchParams): Conditions {
  return Object.fromEntries(names.flatMap((name) => (query.has(name) ? [[name, Number(query.get(name))]] : [])));
}

/** The preconditions for the source of a rewrite or a move: `ifSourceGenerationMatch` and so on. */
export function sourceConditionsOf(query: URLSearchParams): Conditions {
  const entries = names.flatMap((name) => {
    const value = query.get(name.replace(/^if/, "ifSource"));
    return value === null ? [] : [[name, Number(value)]];
  });
  return Object.fromEntries(entries);
}

/** Generation 0 means that the object does not exist. */
export function check(conditions: Conditions, stored: StoredObject | undefined): void {
  const { generation, metageneration } = stored ?? { generation: 0, metageneration: 0 };
  const { ifGenerationMatch, ifGenerationNotMatch, ifMetagenerationMatch, ifMetagenerationNotMatch } = conditions;
  const allHold =
    (ifGenerationMatch === undefined || ifGenerationMatch === generation) &&
    (ifGenerationNotMatch === undefined || ifGenerationNotMatch !== generation) &&
    (ifMetagenerationMatch === undefined || ifMetagenerationMatch === metageneration) &&
    (ifMetagenerationNotMatch === undefined || ifMetagenerationNotMatch !== metageneration);
  if (!allHold) {
    throw ApiError.preconditionFailed();
  }
}
