import { RegistryImage } from "@cdktf/provider-docker/lib/registry-image";
import { ArtifactRegistryRepository } from "@cdktf/provider-google/lib/artifact-registry-repository";
import { ArtifactRegistryRepositoryIamMember } from "@cdktf/provider-google/lib/artifact-registry-repository-iam-member";
import { Annotations, ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { ArtifactRepository } from "../images/artifact-repository";
import { buildImage } from "../images/build-image";
import { DirectoryImageOptions } from "../images/directory-image-options";
import { parseImageReference } from "../images/image-reference";
import { ExistingImage, ImageStore } from "../images/image-store";
import { quote } from "../checks/invalid-input";
import { requireProvider } from "../terraform/required-providers";
import { requireRegistryLogin } from "./registry-login";

/** The architecture of the VMs: Arm machine types are refused. */
const PLATFORM = "linux/amd64";

export interface ArtifactRegistryImagesProps {
  /** The app's name. */
  readonly name: string;
  readonly project: string;
  readonly location: string;
  readonly labels: { [key: string]: string };
  /** The principal that pulls, as an IAM member. */
  readonly member: string;
  readonly dependsOn: ITerraformDependable[];
}

/**
 * The images of an app in the cloud. Built images are pushed to an Artifact Registry repository of the app, which is
 * created for the first of them. For images that are in Artifact Registry already, the right to pull is granted.
 */
export class ArtifactRegistryImages extends Construct implements ImageStore {
  /** The Artifact Registry hosts that images are pulled from. */
  public readonly hosts = new Set<string>();
  /** The resources that must exist before the VM can pull. */
  public readonly dependables: ITerraformDependable[] = [];
  private readonly granted = new Set<string>();
  private ownRepository?: ArtifactRegistryRepository;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ArtifactRegistryImagesProps,
  ) {
    super(scope, id);
  }

  /** The repository of the built images; undefined if none is built. */
  public get repository(): ArtifactRegistryRepository | undefined {
    return this.ownRepository;
  }

  /** Builds and pushes an image, and returns its reference. */
  public build(id: string, directory: string, options: DirectoryImageOptions): string {
    const repository = (this.ownRepository ??= this.createRepository());
    requireProvider(
      this,
      "docker",
      `it builds and pushes images for ${quote(this.props.name)}; add new DockerProvider(stack, "docker", GcsBackedContainerApp.dockerProviderConfig(stack)) from @cdktf/provider-docker/lib/provider/index.js, or give ready images with ContainerImage.fromRegistry for both image and gcsfuse.image`,
    );
    const repositoryName = `${this.ownHost}/${this.imagePath()}/${id}`;
    const { image, reference: name } = buildImage(this, id, { repositoryName, directory, options, platform: PLATFORM });
    // By its name and not by the image's attributes: those are unknown whenever the local engine lacks the image.
    const pushed = new RegistryImage(this, `${id}-push`, { name, keepRemotely: true, dependsOn: [image, repository] });
    requireRegistryLogin(pushed, this.ownHost, this.props.name);
    this.dependables.push(pushed);
    return name;
  }

  /** The VM pulls it, from Artifact Registry with its service account. */
  public pull({ reference, artifactRegistry, grantPull }: ExistingImage): void {
    if (artifactRegistry === undefined) {
      this.warnOfUnresolvedHost(reference);
      return;
    }
    const { host, repository } = artifactRegistry;
    this.hosts.add(host);
    if (repository === undefined) {
      this.warnOfUnresolvedRepository(host, grantPull);
      return;
    }
    const own = repository.project === this.props.project;
    if (!own && grantPull === undefined) {
      Annotations.of(this).addInfo(
        `image "${reference}" is in project "${repository.project}": unless it is public, this app's service account needs roles/artifactregistry.reader there; set grantPull to true to grant it with this deployment, or to false if it has it`,
      );
    }
    if (grantPull ?? own) {
      this.grantOnce(repository);
    }
  }

  private warnOfUnresolvedHost(reference: string): void {
    if (Token.isUnresolved(reference) && parseImageReference(reference).host === undefined) {
      Annotations.of(this).addWarning(
        "an image's registry is an unresolved token: the VM pulls the image without logging in; for an image in Artifact Registry write host, project and repository literally",
      );
    }
  }

  private warnOfUnresolvedRepository(host: string, grantPull?: boolean): void {
    if (grantPull !== false) {
      Annotations.of(this).addWarning(
        `the repository of an image in ${host} is an unresolved token: nothing is granted, and unless the image is public the app's service account needs roles/artifactregistry.reader on it; write project and repository literally, or set grantPull to false if it has the role`,
      );
    }
  }

  private createRepository(): ArtifactRegistryRepository {
    const { name, project, location, labels, dependsOn } = this.props;
    const repository = new ArtifactRegistryRepository(this, "repository", {
      project,
      location,
      repositoryId: name,
      format: "DOCKER",
      description: `images of ${name}`,
      labels,
      dependsOn,
    });
    this.hosts.add(this.ownHost);
    this.grant("pull", { project, location, repository: repository.repositoryId });
    return repository;
  }

  private grantOnce(repository: ArtifactRepository): void {
    const key = `${repository.location}/${repository.project}/${repository.repository}`;
    if (!this.granted.has(key)) {
      this.granted.add(key);
      this.grant(`pull-${repository.location}-${repository.project}-${repository.repository}`, repository);
    }
  }

  private grant(id: string, repository: ArtifactRepository): void {
    this.dependables.push(
      new ArtifactRegistryRepositoryIamMember(this, id, {
        ...repository,
        role: "roles/artifactregistry.reader",
        member: this.props.member,
        dependsOn: this.props.dependsOn,
      }),
    );
  }

  private get ownHost(): string {
    return `${this.props.location}-docker.pkg.dev`;
  }

  /** In a path, the domain-scoped project `example.com:app` is `example.com/app`. */
  private imagePath(): string {
    return `${this.props.project.replace(":", "/")}/${this.props.name}`;
  }
}
