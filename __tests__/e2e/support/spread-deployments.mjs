import Sequencer from "@jest/test-sequencer";

/** Suites that deploy wait for each other (see deploy/one-at-a-time.ts): spread, so that no worker waits idly. */
export default class SpreadDeployments extends Sequencer {
  sort(tests) {
    const deploys = ({ path }) => path.includes("/e2e/deploy/");
    const sorted = super.sort(tests);
    const deployments = sorted.filter(deploys);
    const others = sorted.filter((test) => !deploys(test));
    if (deployments.length === 0) return others;
    const between = Math.ceil(others.length / deployments.length);
    return deployments.flatMap((test, index) => [test, ...others.slice(index * between, (index + 1) * between)]);
  }
}
