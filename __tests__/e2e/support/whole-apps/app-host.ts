import { ContainerImage, ContainerAppProps } from "../../../../lib";
import { until } from "../boot/status";

/** An app of others, as it is run on each host. */
export interface WholeApp {
  readonly name: string;
  /** Folders with Dockerfiles. */
  readonly images: Readonly<Record<string, string>>;
  /** The port of the container that has its pages. */
  readonly port: number;
  /** A page that is asked for to know that it runs. */
  readonly firstPage: string;
  /** What a user would give; each host adds the port, and where the bucket is. */
  props(images: Readonly<Record<string, ContainerImage>>): ContainerAppProps;
  /** The values of the secrets, by their names in Secret Manager. */
  readonly secretValues?: Readonly<Record<string, string>>;
}

/** A place where it runs, so that one visit of it can be made on each. */
export interface AppHost {
  readonly url: string;
  /** Of each start. */
  readonly secondsToFirstPage: readonly number[];
  /** The objects of the bucket, with their bytes. */
  objects(): Promise<Map<string, Buffer>>;
  /** A script as root in a container, `app` or `sidecar-NAME`; returns what it prints. */
  inContainer(container: string, script: string): Promise<string>;
  /** What is said of the first mount: whose it is, and what was copied into it. */
  stateOfMount(): Promise<string>;
  /** All that is written down about the app where no secret may be. */
  everythingWritten(): Promise<string>;
  /** Throws all away but the bucket and the disks, and makes it again. */
  recreate(): Promise<void>;
  close(): Promise<void>;
}

/** The local stack, which alone has a verdict. */
export interface LocalAppHost extends AppHost {
  /** What the command prints. */
  verdict(): Promise<string>;
}

/** Longer than most: the first start may have to create a database. */
const START = { seconds: 300, every: 0.5 };

/** An app may want a cookie before it answers with more than where to go. */
export function untilFirstPage(url: string, { firstPage }: WholeApp): Promise<number> {
  const isAnswered = async () => {
    try {
      const response = await fetch(`${url}${firstPage}`, { redirect: "manual", signal: AbortSignal.timeout(10_000) });
      await response.arrayBuffer();
      return response.status < 400;
    } catch {
      return false;
    }
  };
  return until(`${url}${firstPage} is answered`, isAnswered, START);
}

/** Every image, by the name of its folder's entry. */
export async function imagesOf(
  { images }: WholeApp,
  image: (name: string, folder: string) => Promise<ContainerImage>,
): Promise<Record<string, ContainerImage>> {
  const entries = Object.entries(images).map(async ([name, folder]) => [name, await image(name, folder)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
