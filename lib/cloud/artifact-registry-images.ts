import { RegistryImage } from "@cdktf/provider-docker/lib/registry-image";
import { ArtifactRegistryRepository } from "@cdktf/provider-google/lib/artifact-registry-repository";
import { ArtifactRegistryRepositoryIamMember } from "@cdktf/provider-google/lib/artifact-registry-repository-iam-member";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { BuiltImage } from "../images/built-image";
import { DirectoryImageOptions } from "../images/directory-image-options";
import { ArtifactRepositoryName } from "../images/image-reference";
import { ImageStore } from "../images/image-store";
import { quote } from "../checks/invalid-input";
import { requireProvider } from "../terraform/required-providers";

/** The only architecture of the machines that are offered. */
const PLATFORM = "linux/amd64";

export interface ArtifactRegistryImagesProps {
  readonly name: string;
  readonly project: string;
  readonly location: string;
  readonly labels: { [key: string]: string };
  /** Who pulls, as IAM writes it. */
  readonly member: string;
  readonly dependsOn: ITerraformDependable[];
}

/** Where the app's images come from: its own Artifact Registry repository, made when it is needed, and others'. */
export class ArtifactRegistryImages extends Construct implements ImageStore {
  public readonly project: string;
  /** Artifact Registry hosts that are pulled from. */
  public readonly hosts = new Set<string>();
  /** What must be there before a machine can pull. */
  public readonly dependables: ITerraformDependable[] = [];
  private readonly granted = new Set<string>();
  private ownRepository?: ArtifactRegistryRepository;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ArtifactRegistryImagesProps,
  ) {
    super(scope, id);
    this.project = props.project;
  }

  /** The repository that was made for images that are built here, if any. */
  public get repository(): ArtifactRegistryRepository | undefined {
    return this.ownRepository;
  }

  /** Builds and pushes an image, and returns its reference. */
  public build(id: string, directory: string, options: DirectoryImageOptions): string {
    const repository = this.makeRepository();
    requireProvider(
      this,
      "docker",
      `it builds and pushes images for ${quote(this.props.name)}; add new DockerProvider(stack, "docker", GcsBackedContainerApp.dockerProviderConfig(stack)) from @cdktf/provider-docker/lib/provider/index.js, or give ready images with ContainerImage.fromRegistry for both image and gcsfuse.image`,
    );
    const repositoryName = `${this.hostOf(this.props.location)}/${this.imagePath()}/${id}`;
    const { image, reference: name } = new BuiltImage(this, id, {
      repositoryName,
      directory,
      options,
      platform: PLATFORM,
    });
    // By its name, and not through the image's attributes: those are unknown whenever the local engine lacks the image.
    const pushed = new RegistryImage(this, `${id}-push`, { name, keepRemotely: true, dependsOn: [image, repository] });
    this.dependables.push(pushed);
    return name;
  }

  /** The machine pulls it. */
  public provide(): void {}

  /** Lets the machine pull from a repository of Artifact Registry. */
  public use(repository: ArtifactRepositoryName, grant: boolean): void {
    this.hosts.add(repository.host);
    const key = `${repository.location}/${repository.project}/${repository.repository}`;
    if (grant && !this.granted.has(key)) {
      this.granted.add(key);
      this.grant(`pull-${repository.location}-${repository.project}-${repository.repository}`, repository);
    }
  }

  private makeRepository(): ArtifactRegistryRepository {
    if (this.ownRepository === undefined) {
      const { name, project, location, labels, dependsOn } = this.props;
      this.ownRepository = new ArtifactRegistryRepository(this, "repository", {
        project,
        location,
        repositoryId: name,
        format: "DOCKER",
        description: `images of ${name}`,
        labels,
        dependsOn,
      });
      this.hosts.add(this.hostOf(location));
      this.grant("pull", { project, location, repository: this.ownRepository.repositoryId });
    }
    return this.ownRepository;
  }

  private grant(id: string, repository: Omit<ArtifactRepositoryName, "host">): void {
    this.dependables.push(
      new ArtifactRegistryRepositoryIamMember(this, id, {
        ...repository,
        role: "roles/artifactregistry.reader",
        member: this.props.member,
        dependsOn: this.props.dependsOn,
      }),
    );
  }

  private hostOf(location: string): string {
    return `${location}-docker.pkg.dev`;
  }

  /** A domain-scoped project is a folder of its own in an image's path. */
  private imagePath(): string {
    return `${this.project.replace(":", "/")}/${this.props.name}`;
  }
}
