import { keepRun } from "./kept-run";
import { startRun } from "./test-run";

export default function globalSetup(): void {
  keepRun(startRun());
}
