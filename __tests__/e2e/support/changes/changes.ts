/** A change of an app, as somebody would propose it. */
export interface Change {
  /** The name of its page. */
  readonly id: string;
  readonly title: string;
  /** What a reader should know before the edit. */
  readonly text: string;
  /** The file that is edited; `library/` is a copy of this package. */
  readonly file: string;
  readonly edit: (text: string) => string;
}

const program = { file: "main.ts" };

export const CHANGES: readonly Change[] = [
  {
    ...program,
    id: "environment-value",
    title: "A changed environment value",
    text: "The app is to log more.",
    edit: (main) => main.replace('LOG_LEVEL: "info"', 'LOG_LEVEL: "debug"'),
  },
  {
    ...program,
    id: "image-tag",
    title: "A new image tag",
    text: "A new version of the app.",
    edit: (main) => main.replace("/wiki:1.4.0", "/wiki:1.5.0"),
  },
  {
    ...program,
    id: "port",
    title: "A changed port",
    text: "The app is to be published at another port of the VM.",
    edit: (main) => main.replace("hostPort: 80 ", "hostPort: 8080 "),
  },
  {
    ...program,
    id: "mount",
    title: "A new mount",
    text: "A second folder of the app is to be kept.",
    edit: (main) =>
      main.replace('prefix: "attachments" }],', (mount) =>
        mount.replace("],", ', { path: "/var/lib/wiki/themes", prefix: "themes" }],'),
      ),
  },
  {
    ...program,
    id: "https",
    title: "HTTPS turned on",
    text: "The app that runs gets a domain, and a proxy with a certificate for it.",
    edit: (main) =>
      main.replace(
        'attachments" }],\n',
        (line) => `${line}  https: { domains: ["wiki.example.com"], dnsZone: "example-com" },\n`,
      ),
  },
  {
    ...program,
    id: "ssh-open-to-the-world",
    title: "SSH opened to the world",
    text:
      "The construct has no option for this, and denies SSH. Somebody who wants to log in adds a firewall rule beside it, for all " +
      "VMs of the network.",
    edit: (main) =>
      main
        .replace(
          "import { GoogleProvider }",
          'import { ComputeFirewall } from "@cdktf/provider-google/lib/compute-firewall/index.js";\nimport { GoogleProvider }',
        )
        .replace(
          "new TerraformOutput",
          `new ComputeFirewall(stack, "ssh", {
  name: "ssh",
  network: "default",
  allow: [{ protocol: "tcp", ports: ["22"] }],
  sourceRanges: ["0.0.0.0/0"],
});
new TerraformOutput`,
        ),
  },
  {
    ...program,
    id: "delete-data-on-destroy",
    title: "`deleteDataOnDestroy` turned on",
    text: "Nothing is deleted by this change itself. From then on, destroying the stack deletes the files.",
    edit: (main) =>
      main.replace('attachments" }],\n', (line) => `${line}  bucketOptions: { deleteDataOnDestroy: true },\n`),
  },
  {
    id: "library-version",
    title: "A new version of this library",
    text:
      "A new version brings other scripts or units, and so another `user-data`; the app's own declaration stays. Here a comment is added " +
      "to one of the scripts in a copy of the package, which is the smallest change that a new version can be.",
    file: "library/lib/boot/scripts/stop-container.sh",
    edit: (script) => `${script}# A comment of a new version.\n`,
  },
];
