import { Token } from "cdktf";
import { HealthCheckDeclaration } from "../boot/declaration";
import { invalidInput, requireInteger, requireKnownList } from "../checks/invalid-input";
import { processArgument } from "../checks/process-argument";
import { checkShape, Shape } from "../checks/shape";

/**
 * Docker's health check of a container: a command that is run in it again and again.
 *
 * @see https://docs.docker.com/reference/dockerfile/#healthcheck
 */
export interface HealthCheck {
  /**
   * The program and its arguments, for example `["pg_isready", "--username=postgres"]`; the container is healthy if it
   * exits with 0. Docker runs it through the image's `/bin/sh`, and each argument arrives as it is: for variables, pipes and
   * the like begin with a shell, `["sh", "-c", 'pg_isready -U "$POSTGRES_USER"']`.
   *
   * @throws if it is empty, or as for `environment`
   */
  readonly command: string[];

  /**
   * Seconds from one run to the next, and before the first (Docker's `--health-interval`), 1 to 86400.
   *
   * @default 5
   * @throws if it is out of range
   */
  readonly intervalSeconds?: number;

  /**
   * Seconds after which a run has failed (Docker's `--health-timeout`), 1 to 86400.
   *
   * @default 5
   * @throws if it is out of range
   */
  readonly timeoutSeconds?: number;

  /**
   * Number of runs that must fail one after the other until the container is unhealthy (Docker's `--health-retries`), 1 to 1000.
   *
   * @default 3
   * @throws if it is out of range
   */
  readonly retries?: number;

  /**
   * Seconds after the start in which failures do not count (Docker's `--health-start-period`), 0 to 86400.
   *
   * @default 0
   * @throws if it is out of range
   */
  readonly startPeriodSeconds?: number;
}

const SHAPE: Shape<HealthCheck> = {
  command: 'strings such as ["pg_isready"]',
  intervalSeconds: "number?",
  timeoutSeconds: "number?",
  retries: "number?",
  startPeriodSeconds: "number?",
};

const MOST_SECONDS = 86400;
const MOST_RETRIES = 1000;

/**
 * Checks a health check, and adds the defaults.
 *
 * @throws if one of its props is not valid
 */
export function resolveHealthCheck(what: string, given: HealthCheck): HealthCheckDeclaration {
  checkShape(what, given, SHAPE, { example: '{ command: ["pg_isready"] }' });
  const { command, intervalSeconds = 5, timeoutSeconds = 5, retries = 3, startPeriodSeconds = 0 } = given;
  requireKnownList(`${what}.command`, command);
  if (command.length === 0 || (command[0] === "" && !Token.isUnresolved(command[0]))) {
    throw invalidInput(`${what}.command`, command, 'give a program and its arguments such as ["pg_isready"]');
  }
  requireInteger(`${what}.intervalSeconds`, intervalSeconds, 1, MOST_SECONDS);
  requireInteger(`${what}.timeoutSeconds`, timeoutSeconds, 1, MOST_SECONDS);
  requireInteger(`${what}.retries`, retries, 1, MOST_RETRIES);
  requireInteger(`${what}.startPeriodSeconds`, startPeriodSeconds, 0, MOST_SECONDS);
  return {
    command: command.map((value, index) => processArgument(`${what}.command[${index}]`, value)),
    intervalSeconds,
    timeoutSeconds,
    retries,
    startPeriodSeconds,
  };
}
