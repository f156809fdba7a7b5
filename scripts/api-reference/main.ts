import { loadAssemblyFromPath } from "@jsii/spec";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiReference } from "./reference";

const root = join(__dirname, "../..");
writeFileSync(join(root, "API.md"), apiReference(loadAssemblyFromPath(root)));
