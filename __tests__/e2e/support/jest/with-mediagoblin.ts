import { mediagoblinSource } from "../whole-apps/mediagoblin-image";

/** A suite that needs MediaGoblin's source. Where it is not, the suite is skipped, and named with the reason at the run's end. */
export function describeWithMediaGoblin(name: string, suite: () => void): void {
  const { file, exists } = mediagoblinSource();
  if (exists) describe(name, suite);
  else describe.skip(`${name} (not run: there is no ${file}: set MEDIAGOBLIN_SOURCE to where it is)`, suite);
}
