/** The files that declaration.py makes of a declaration, which the scripts of a machine read. */
import fc from "fast-check";
import { join } from "node:path";
import { parse } from "yaml";
import { MountDeclaration } from "../../lib/boot/declaration";
import { filesOf, folderWith, modeOf, textOf } from "../support/folder";
import { readGoCsv } from "../support/go-csv";
import { allRendered, declarationPy, listIn, rendered, renderTo } from "../support/rendered";
import { mountOf, sample } from "../support/sample-declaration";

const appOptions = (...args: Parameters<typeof rendered>) => listIn(rendered(...args)["app/options"]);
const gcsfuseOptions = (privileged: boolean, index = 0) =>
  listIn(
    rendered(sample({ gcsfuse: { image: "gcsfuse", privileged }, mounts: [mountOf(), mountOf(), mountOf()] }))[
      `gcsfuse-${index}/options`
    ],
  );

/** Cases of a property that are rendered together: the start of Python takes longer than all of them. */
const many = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 10, maxLength: 20 });

test("each value is a file of its own", () => {
  const files = rendered(
    sample({
      user: "1000:www-data",
      restartPolicy: "no",
      startTimeoutSeconds: 7,
      metadataServerAccess: true,
      ports: [
        { containerPort: 80, hostPort: 80, protocol: "tcp" },
        { containerPort: 80, hostPort: 8080, protocol: "tcp" },
        { containerPort: 53, hostPort: 53, protocol: "udp" },
        { containerPort: 443, hostPort: 443, protocol: "tcp" },
      ],
      mounts: [mountOf({ uid: 0 }), mountOf({ path: "/b", gid: 5 })],
    }),
  );
  expect(files).toMatchObject({
    "start-timeout": "7",
    images: "app:1\ngcsfuse:1\n",
    "app/image": "app:1",
    "app/user": "1000:www-data",
    "app/restart-policy": "no",
    "app/metadata-server-access": "true",
    "app/tcp-ports": "80\x00443\x00",
    "gcsfuse-0/path": "/srv/app/uploads",
    "gcsfuse-0/image": "gcsfuse:1",
    "gcsfuse-0/uid": "0",
    "gcsfuse-1/path": "/b",
    "gcsfuse-1/gid": "5",
  });
  expect(Object.keys(files)).not.toContain("gcsfuse-0/gid");
  expect(Object.keys(files)).not.toContain("gcsfuse-1/uid");
});

test.each<[string, Partial<MountDeclaration>, { [file: string]: string }]>([
  ["nothing", {}, { "no-copy": "false", "read-only": "false", "default-modes": "true", "fuse-options": "" }],
  ["that it is only read", { readOnly: true }, { "read-only": "true", "default-modes": "false" }],
  ["that nothing is copied", { noCopy: true }, { "no-copy": "true" }],
  ["the mode of files", { gcsfuseConfig: { "file-system": { "file-mode": "600" } } }, { "default-modes": "false" }],
  ["the mode of folders", { gcsfuseConfig: { "file-system": { "dir-mode": 700 } } }, { "default-modes": "false" }],
  [
    "options of FUSE",
    { gcsfuseConfig: { "file-system": { "fuse-options": ["allow_other", "noatime"] } } },
    { "fuse-options": "allow_other,noatime", "default-modes": "true" },
  ],
  [
    "sections that are none",
    { gcsfuseConfig: { "file-system": "x" } },
    { "fuse-options": "", "default-modes": "true" },
  ],
  ["a list that is none", { gcsfuseConfig: { "file-system": { "fuse-options": "x" } } }, { "fuse-options": "" }],
])("a mount of which is said: %s", (_, mount, expected) => {
  const files = rendered(sample({ mounts: [mountOf(mount)] }));
  expect(files).toMatchObject(
    Object.fromEntries(Object.entries(expected).map(([name, text]) => [`gcsfuse-0/${name}`, text])),
  );
});

test("what is not given is not there, or empty", () => {
  const files = rendered(sample({ ports: [] }));
  expect(Object.keys(files)).not.toContain("app/user");
  expect(files).toMatchObject({ "app/entrypoint": "", "app/args": "", "app/environment": "", "app/tcp-ports": "" });
});

test("what says whether the app is live: its port comes after the published ones, and is not published", () => {
  const ports = [{ containerPort: 80, hostPort: 80, protocol: "tcp" as const }];
  const httpCheck = { containerPort: 8000, host: "photos.example.com", path: "/healthz", intervalSeconds: 1 };
  const files = rendered(sample({ ports, httpCheck }));
  expect(listIn(files["app/tcp-ports"])).toEqual(["80", "8000"]);
  expect(listIn(files["app/http-check"])).toEqual(["8000", "photos.example.com", "/healthz", "1", ""]);
  expect(listIn(rendered(sample({ httpCheck: { ...httpCheck, expectedStatus: 204 } }))["app/http-check"])[4]).toBe(
    "204",
  );
  expect(rendered(sample())["app/http-check"]).toBe("");
  expect(listIn(files["app/options"]).filter((option) => option.startsWith("--publish"))).toEqual([
    "--publish=80:80/tcp",
  ]);
});

test("the metadata server is closed unless it was opened", () => {
  expect(rendered(sample())["app/metadata-server-access"]).toBe("false");
});

test("only root can read what is written", () => {
  const folder = folderWith();
  renderTo(folder, sample());
  expect(filesOf(folder).map((name) => modeOf(join(folder, name)))).toEqual(filesOf(folder).map(() => "600"));
  expect(["app", "docker", "gcsfuse-0"].map((name) => modeOf(join(folder, name)))).toEqual(["700", "700", "700"]);
});

test("the same declaration is the same files", () => {
  const one = sample({ environment: { B: "1", A: "2" }, mounts: [mountOf(), mountOf({ path: "/b" })] });
  expect(rendered(one)).toEqual(rendered(structuredClone(one)));
});

test("docker asks the machine's own helper for the registries in use, and for nothing else", () => {
  const hosts = ["europe-west4-docker.pkg.dev", "us-east1-docker.pkg.dev"];
  const config = (registries: string[]) => JSON.parse(rendered(sample({ registries }))["docker/config.json"]);
  expect(config(hosts)).toEqual({ credHelpers: Object.fromEntries(hosts.map((host) => [host, "gcr"])) });
  expect(config([])).toEqual({ credHelpers: {} });
});

describe("what is in the files arrives byte for byte, whatever it is", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }).map((value) => value.replace(/\0/g, "")),
    fc.constantFrom(
      "",
      " ",
      "\n",
      "\r\n",
      "a\r",
      "e\u0301",
      "- a",
      "a: b",
      "# c",
      "|",
      "'",
      '"',
      "$x",
      "`x`",
      "\\",
      "--privileged",
    ),
  );

  test("environment, entrypoint and arguments", () => {
    fc.assert(
      fc.property(many(fc.tuple(fc.array(text), fc.array(text))), (all) => {
        const given = all.map(([values, args]) => ({
          environment: Object.fromEntries(values.map((value, index) => [`A${index}`, value])),
          args,
        }));
        const files = allRendered(given.map((one) => sample({ ...one, entrypoint: one.args })));
        given.forEach(({ environment, args }, index) => {
          const { [index]: file } = files;
          expect(listIn(file["app/environment"])).toEqual(Object.entries(environment).map((pair) => pair.join("=")));
          expect(listIn(file["app/args"])).toEqual(args);
          expect(file["app/entrypoint"]).toBe(file["app/args"]);
        });
      }),
      { numRuns: 4 },
    );
  });

  test("gcsfuse's config file, which is JSON, and so YAML", () => {
    const odd = fc.constantFrom(
      "",
      " ",
      "- a",
      "a: b",
      "# c",
      "|",
      ">",
      "%",
      "&a",
      "*a",
      "!!str",
      "---",
      "0644",
      "null",
      "~",
      "yes",
      "1e3",
      "\\",
      "\u2028",
    );
    // What the constructs let through.
    const plain = fc.oneof(
      fc.string({ unit: "grapheme" }).filter((one) => !/[\p{C}\u2028\u2029]/u.test(one)),
      odd,
    );
    const value = fc.oneof(plain, fc.integer(), fc.boolean(), fc.constant(null), fc.constant(8.5), fc.array(plain));
    const config = fc.dictionary(plain, fc.oneof(value, fc.dictionary(plain, value, { noNullPrototype: true })), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(many(config), (configs) => {
        const files = allRendered(configs.map((gcsfuseConfig) => sample({ mounts: [mountOf({ gcsfuseConfig })] })));
        configs.forEach((gcsfuseConfig, index) => {
          const file = files[index]["gcsfuse-0/config.yaml"];
          expect(JSON.parse(file)).toEqual(gcsfuseConfig);
          expect(parse(file)).toEqual(gcsfuseConfig);
        });
      }),
      { numRuns: 4 },
    );
  });

  test("a value of gcsfuse's config that a token may have, and YAML 1.1 would change or refuse, is escaped", () => {
    const gcsfuseConfig = { "only-dir": "a\u2028b\u0085c\u007f\ufeff\u{1f600}\\u0041" };
    const file = rendered(sample({ mounts: [mountOf({ gcsfuseConfig })] }))["gcsfuse-0/config.yaml"];
    expect(file).toBe('{"only-dir": "a\\u2028b\\u0085c\\u007f\\ufeff\u{1f600}\\\\u0041"}');
    expect(parse(file)).toEqual(gcsfuseConfig);
  });

  test.each([["entrypoint"], ["args"]])("%s that are empty stay as many as they are", (name) => {
    expect(rendered(sample({ [name]: ["", "x", "", ""] }))[`app/${name}`]).toBe("\0x\0\0\0");
  });
});

describe("--mount", () => {
  /** What docker reads of an option. */
  const fieldsOf = (option: string) =>
    readGoCsv(option.replace(/^--mount=/, "")).map((field) => field.split(/=(.*)/s).slice(0, 2));
  const mountOptions = (mounts: MountDeclaration[]) =>
    appOptions(sample({ mounts })).filter((option) => option.startsWith("--mount"));

  test("docker reads what was given, whatever is in the path", () => {
    // The schema lets no control characters through, and no empty, "." or ".." segments.
    const path = fc
      .string({ unit: "grapheme", minLength: 1 })
      .map((text) => `/${text}`)
      .filter((text) => !/[\0-\x1f]|\/(\.{0,2})(\/|$)/.test(text));
    const odd = fc.constantFrom("/a,b", '/a"b', '/"', "/,", "/a b ", "/a=b,readonly", "/a\\", "/\u2028", '/"a","b"');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.oneof(path, odd), fc.boolean()), { minLength: 50, maxLength: 150 }), (all) => {
        const mounts = all.map(([one, readOnly]) => mountOf({ path: one, readOnly }));
        expect(mountOptions(mounts).map(fieldsOf)).toEqual(
          all.map(([one, readOnly], index) => [
            ["type", "bind"],
            ["source", `/run/gcs-backed-container-app/gcsfuse-${index}/fs`],
            ["target", one],
            ["bind-propagation", "rslave"],
            ...(readOnly ? [["readonly"]] : []),
          ]),
        );
      }),
      { numRuns: 4 },
    );
  });

  test.each([
    ["/srv/app", "target=/srv/app,"],
    ["/srv/a,b", '"target=/srv/a,b",'],
    ['/srv/a"b', '"target=/srv/a""b",'],
    ["/srv/a b", '"target=/srv/a b",'],
  ])("%s", (path, field) => {
    expect(mountOptions([mountOf({ path })])).toEqual([expect.stringContaining(`,${field}`)]);
  });
});

describe("the app's container", () => {
  test("has what the app was given, and no further right", () => {
    expect(appOptions(sample())).toEqual([
      "--label=gcs-backed-container-app=app",
      "--restart=no",
      "--log-driver=json-file",
      "--log-opt=max-size=100m",
      "--log-opt=max-file=3",
      "--pids-limit=4096",
      "--oom-score-adj=500",
      "--stop-timeout=30",
      "--publish=80:8080/tcp",
      "--mount=type=bind,source=/run/gcs-backed-container-app/gcsfuse-0/fs,target=/srv/app/uploads,bind-propagation=rslave",
    ]);
  });

  test("each mount is at its own path, to read only where it is so", () => {
    const mounts = [mountOf({ path: "/a" }), mountOf({ path: "/b", readOnly: true })];
    expect(appOptions(sample({ mounts })).filter((option) => option.startsWith("--mount"))).toEqual([
      expect.stringMatching(/gcsfuse-0\/fs,target=\/a,bind-propagation=rslave$/),
      expect.stringMatching(/gcsfuse-1\/fs,target=\/b,bind-propagation=rslave,readonly$/),
    ]);
  });

  test("runs as another user if it was given", () => {
    expect(appOptions(sample({ user: "1000:www-data" }))).toContain("--user=1000:www-data");
    expect(appOptions(sample()).join()).not.toContain("--user");
  });

  test("publishes each port with its protocol, on the address that was given", () => {
    const ports = [
      { containerPort: 53, hostPort: 5353, protocol: "udp" as const },
      { containerPort: 443, hostPort: 443, protocol: "tcp" as const },
      { containerPort: 80, hostPort: 8080, hostAddress: "127.0.0.1", protocol: "tcp" as const },
    ];
    expect(appOptions(sample({ ports })).filter((option) => option.startsWith("--publish"))).toEqual([
      "--publish=5353:53/udp",
      "--publish=443:443/tcp",
      "--publish=127.0.0.1:8080:80/tcp",
    ]);
  });

  test("has its own time to stop", () => {
    expect(appOptions(sample({ stopTimeoutSeconds: 7 }))).toContain("--stop-timeout=7");
  });

  test("its environment is not among the options", () => {
    expect(appOptions(sample({ environment: { A: "Yg==" } })).join()).not.toContain("Yg==");
  });
});

describe("the sidecar's container", () => {
  test("has FUSE and one capability, and is not privileged", () => {
    expect(gcsfuseOptions(false)).toEqual([
      "--name=gcsfuse-0",
      "--label=gcs-backed-container-app=app",
      "--restart=no",
      "--log-driver=json-file",
      "--log-opt=max-size=100m",
      "--log-opt=max-file=3",
      "--stop-timeout=60",
      "--network=host",
      "--security-opt=no-new-privileges",
      "--cap-drop=ALL",
      "--cap-add=SYS_ADMIN",
      "--security-opt=apparmor=unconfined",
      "--device=/dev/fuse",
      "--mount=type=bind,source=/run/gcs-backed-container-app/gcsfuse-0,target=/run/gcs-backed-container-app/gcsfuse-0,bind-propagation=rshared",
    ]);
  });

  test("is privileged if that was asked for", () => {
    expect(gcsfuseOptions(true)).toContain("--privileged");
    expect(gcsfuseOptions(true)).toContain("--device=/dev/fuse");
    expect(gcsfuseOptions(true).join()).not.toMatch(/cap-|apparmor/);
  });

  test.each([true, false])("gains no privilege from any program (privileged: %s)", (privileged) => {
    expect(gcsfuseOptions(privileged)).toContain("--security-opt=no-new-privileges");
  });

  test("mounts its own bucket at its own path", () => {
    const files = rendered(sample({ mounts: [mountOf(), mountOf(), mountOf({ bucket: "media" })] }));
    expect(listIn(files["gcsfuse-2/command"])).toEqual([
      "--config-file=/etc/gcsfuse/config.yaml",
      "media",
      "/run/gcs-backed-container-app/gcsfuse-2/fs",
    ]);
    expect(gcsfuseOptions(false, 2)[0]).toBe("--name=gcsfuse-2");
  });
});

test("a host with other folders and names has them in every file", () => {
  const files = rendered(sample(), {
    RUN_FOLDER: "/var/lib/a,b",
    CONTAINER_PREFIX: "gallery-",
    CONTAINER_LABEL: "gallery",
    SIDECAR_NETWORK: "inner",
  });
  expect(listIn(files["app/options"])).toEqual(
    expect.arrayContaining([
      "--label=gcs-backed-container-app=gallery",
      '--mount=type=bind,"source=/var/lib/a,b/gcsfuse-0/fs",target=/srv/app/uploads,bind-propagation=rslave',
    ]),
  );
  expect(listIn(files["gcsfuse-0/options"])).toEqual(
    expect.arrayContaining(["--name=gallery-gcsfuse-0", "--label=gcs-backed-container-app=gallery", "--network=inner"]),
  );
  expect(listIn(files["gcsfuse-0/command"])).toContain("/var/lib/a,b/gcsfuse-0/fs");
  expect(JSON.stringify(files)).not.toContain("/run/gcs-backed-container-app");
});

describe("the images", () => {
  const imagesOf = (declaration: object) => {
    const folder = folderWith({ declaration: JSON.stringify(declaration) });
    return declarationPy(["images", join(folder, "declaration")]);
  };

  test("that the machine needs are each named once", () => {
    expect(imagesOf(sample()).stdout).toBe("app:1\ngcsfuse:1\n");
    expect(imagesOf(sample({ image: "gcsfuse:1" })).stdout).toBe("gcsfuse:1\n");
    expect(rendered(sample({ image: "gcsfuse:1" })).images).toBe("gcsfuse:1\n");
  });

  test("of a later version are found too: every value of a key of that name", () => {
    const later = { schemaVersion: 2, app: { image: "app:2" }, sidecars: [{ image: "a" }, { image: { image: "b" } }] };
    expect(imagesOf(later).stdout).toBe("app:2\na\nb\n");
  });

  test("are not looked for where the keys are the user's own", () => {
    const declaration = sample({
      environment: { image: "not-one" },
      mounts: [mountOf({ gcsfuseConfig: { image: "nor-this" } })],
    });
    expect(imagesOf(declaration).stdout).toBe("app:1\ngcsfuse:1\n");
    expect(rendered(declaration).images).toBe("app:1\ngcsfuse:1\n");
  });

  test("of what is no declaration are none, with a reason", () => {
    const folder = folderWith({ declaration: "{" });
    expect(declarationPy(["images", join(folder, "declaration")])).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(/^it is not JSON: /),
    });
  });
});

describe("the instance's attributes are split into user-data and declaration", () => {
  const split = (attributes: string, before: { [name: string]: string } = {}) => {
    const folder = folderWith({ attributes, ...before });
    const ended = declarationPy(["split", join(folder, "attributes"), folder]);
    const files = Object.fromEntries(filesOf(folder).map((name) => [name, textOf(join(folder, name))]));
    return {
      ...ended,
      files: { "user-data": files["user-data"], declaration: files.declaration },
      names: Object.keys(files),
    };
  };

  test("byte for byte", () => {
    const userData = "#cloud-config\r\n\u00e9\n\ttext\n\n";
    const declaration = '{ "a": "e\u0301\\u0301" }\n';
    const result = split(
      JSON.stringify({ "user-data": userData, "gcs-backed-container-app": declaration, other: "x" }),
    );
    expect(result.files).toEqual({ "user-data": userData, declaration });
    expect(result.names).toEqual(["attributes", "declaration", "user-data"]);
  });

  test("what is there no more goes", () => {
    const before = { "user-data": "old", declaration: "old" };
    expect(split("{}", before).files).toEqual({ "user-data": undefined, declaration: undefined });
    expect(split('{"user-data":"new"}', before).files).toEqual({ "user-data": "new", declaration: undefined });
  });

  test.each(["[]", "1", "", '{"user-data":"a","user-data":"b"}'])(
    "what is no set of attributes changes nothing: %s",
    (text) => {
      const before = { "user-data": "old", declaration: "old" };
      const { status, stderr, files } = split(text, before);
      expect({ status, files }).toEqual({ status: 1, files: before });
      expect(stderr).not.toContain("Traceback");
    },
  );
});

test("a file of a declaration that is refused is not left behind as if it were one", () => {
  const folder = folderWith({ declaration: JSON.stringify({ ...sample(), ports: 80 }), "target/x": "" });
  expect(declarationPy(["render", join(folder, "declaration"), join(folder, "target")]).status).toBe(1);
  expect(filesOf(join(folder, "target"))).toEqual(["x"]);
});

test("a container's secrets are named in its own folder, and nowhere where it has none", () => {
  const version = { secret: "projects/p-12345/secrets/db", version: "3" };
  const latest = { ...version, version: "latest" };
  const files = rendered(
    sample({ secrets: { DB: version, "A.b": latest }, secretFiles: { "/a=b": latest, '/c,"d"': version } }),
  );
  const name = (wanted: string) => `projects/p-12345/secrets/db/versions/${wanted}`;
  expect(files["app/secrets"]).toBe(`DB=${name("3")}\0A.b=${name("latest")}\0`);
  expect(files["app/secret-files"]).toBe(`/a=b=${name("latest")}\0/c,"d"=${name("3")}\0`);
  expect(files["gcsfuse-image"]).toBe("gcsfuse:1");
  expect(Object.keys(rendered(sample({ secrets: {}, secretFiles: {} })))).toEqual(Object.keys(rendered(sample())));
  expect(rendered(sample({ secretFiles: { "/a": version } }))["gcsfuse-image"]).toBeUndefined();
});
