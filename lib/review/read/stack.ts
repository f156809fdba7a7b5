import { Declaration } from "../../boot/declaration";
import { JsonObject } from "./json";

/** A resource as the stack declares it, or as a plan says that it is or will be. */
export interface Resource {
  /** Its name in the Terraform state, for example `google_storage_bucket.app_bucket_65C4A27F`. */
  readonly address: string;
  readonly type: string;
  /** Its arguments. Expressions stay as Terraform writes them, for example `${google_storage_bucket.x.name}`. */
  readonly values: JsonObject;
  /** What it runs, if it runs an app of this library. */
  readonly declaration?: Declaration;
  /** Whether Terraform marks the declaration as sensitive. */
  readonly sensitiveDeclaration?: boolean;
}

export interface Stack {
  readonly resources: readonly Resource[];
  /** All that a synthesized stack says, its comments aside. */
  readonly document?: JsonObject;
}

/** What a plan does to a resource. */
export interface PlannedAction {
  readonly actions: readonly string[];
  /** The attributes that force a replacement, as paths without indexes: `boot_disk.initialize_params.image`. */
  readonly replacePaths: readonly string[];
}

/** What was given cannot be reviewed. */
export class ReviewInputError extends Error {}
