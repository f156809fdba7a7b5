import { Token } from "cdktf";
import { invalidInput, requireMatch } from "../checks/invalid-input";
import { checkProject } from "../checks/naming";
import { checkShape, Shape } from "../checks/shape";
import { withStringTokens } from "../terraform/template-text";

/** Which version of a secret of Secret Manager is used, and where the secret is. */
export interface SecretManagerSecretOptions {
  /**
   * The version: its number such as `"3"`, which never changes, or `"latest"`, which is read whenever the container
   * starts. May be an unresolved token, for example the `version` of a `SecretManagerSecretVersion`.
   *
   * @default - "latest" for a file; an environment variable must say it
   * @throws when an app uses it: if it is neither a number nor "latest"
   * @see https://cloud.google.com/secret-manager/docs/best-practices
   */
  readonly version?: string;

  /**
   * The id of the secret's project.
   *
   * @default - that of the name, or else the app's
   * @throws when an app uses it: if it is not a project's id, or if the name has a project already
   */
  readonly project?: string;
}

const SHAPE: Shape<SecretManagerSecretOptions> = { version: "string?", project: "string?" };

/** The name in the state and in the metadata. Never the value. */
export interface SecretName {
  /** `projects/PROJECT/secrets/SECRET`, or `SECRET` alone for one of the app's project; perhaps with unresolved tokens. */
  readonly secret: string;
  /** The project of a name that may turn out to have none. */
  readonly project?: string;
  readonly version?: string;
}

/** A name alone. The same as a full name's last part. */
export const SECRET_ID = "[A-Za-z0-9_-]{1,255}";
/** The project is an id, or a number. */
const FULL_NAME = new RegExp(`^projects/([^/]+)/secrets/${SECRET_ID}$`);

/** A secret that an app is given: the VM reads it, and nothing else has its value. */
export abstract class Secret {
  /**
   * A secret of Secret Manager. The VM reads it with its own identity, which is granted
   * `roles/secretmanager.secretAccessor` on exactly this secret; who deploys needs the right to grant it there.
   *
   * @param name the secret's id such as `db-password`, or its full name `projects/PROJECT/secrets/SECRET`. May be an
   * unresolved token, for example the `secretId` of a `SecretManagerSecret`
   * @param options its version and its project
   * @throws when an app uses it: if the name or an option is not valid
   * @see https://cloud.google.com/secret-manager/docs/overview
   */
  public static fromSecretManager(name: string, options: SecretManagerSecretOptions = {}): Secret {
    return new SecretManagerSecret(name, options ?? {});
  }

  /**
   * The checked name.
   *
   * @internal
   */
  public abstract _name(what: string): SecretName;
}

class SecretManagerSecret extends Secret {
  constructor(
    private readonly name: string,
    private readonly options: SecretManagerSecretOptions,
  ) {
    super();
  }

  public _name(what: string): SecretName {
    const { name, options } = this;
    checkShape(`options of ${what}`, options, SHAPE, { prefix: `${what}: `, example: '{ version: "3" }' });
    const { project } = options;
    const version = options.version === undefined ? undefined : withStringTokens(options.version);
    checkName(what, name, project);
    if (project !== undefined) {
      checkProject(project, `project of ${what}`);
    }
    if (version !== undefined) {
      requireMatch(
        `version of ${what}`,
        version,
        /^([1-9]\d*|latest)$/,
        'use the number of a version such as "3", or "latest" (gcloud secrets versions list)',
      );
    }
    return { secret: name, project, version };
  }
}

function checkName(what: string, name: string, project?: string): void {
  requireMatch(
    what,
    name,
    new RegExp(`^(projects/[^/]+/secrets/)?${SECRET_ID}$`),
    'use the name of a secret such as "db-password": at most 255 letters, digits, "_" and "-", or its full name such as "projects/my-project/secrets/db-password" without a version',
  );
  if (Token.isUnresolved(name)) {
    return;
  }
  const [, own] = FULL_NAME.exec(name) ?? [];
  if (own !== undefined && !/^\d+$/.test(own)) {
    checkProject(own, `project of ${what}`);
  }
  if (own !== undefined && project !== undefined) {
    throw invalidInput(what, name, "the name has a project already: give only one of the two");
  }
}
