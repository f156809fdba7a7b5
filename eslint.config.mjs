import tseslint from "typescript-eslint";

const providerIndexes = ["google", "docker"].map((provider) => ({
  name: `@cdktf/provider-${provider}`,
  message: `import @cdktf/provider-${provider}/lib/RESOURCE: the index loads every resource`,
}));

const publicIndex = {
  regex: "^\\.{1,2}(/\\.\\.)*(/index)?/?$",
  message: "import the file that has it, not lib/index.ts",
};

/** Forbids imports in a room of lib/, beside what is forbidden everywhere in it. */
function fence(room, message, ...forbidden) {
  return {
    files: [`lib/${room}/**/*.ts`],
    rules: {
      "no-restricted-imports": [
        "error",
        { paths: providerIndexes, patterns: [publicIndex, { regex: `^(${forbidden.join("|")})`, message }] },
      ],
    },
  };
}

/** Rooms and composition roots of lib/, as a file in a room imports them. */
const room = (...names) => `(\\.\\./)+(${names.join("|")})(/|$)`;
const ROOTS = "(\\.\\./)+((local-)?gcs-backed-container-app|(declare|token-checks)$)";
const GOOGLE = "@cdktf/provider-google";
const DOCKER = "@cdktf/provider-docker";
/** The docker provider's resources of one machine; images are built and pushed for both places. */
const LOCAL_DOCKER = `${DOCKER}/lib/(container|network|volume)`;
const TERRAFORM = "cdktf|constructs|@cdktf/";
const REVIEW = [
  room("props", "images", "cloud", "local", "terraform", "verdict", "wait", "cli"),
  "(\\.\\./)+boot/(?!declaration$)",
  ROOTS,
  TERRAFORM,
];
/** The rooms of lib/review, each of which may import those before it. */
const REVIEW_ROOMS = ["read", "format", "apps", "exposures", "changes", "page"];

export default tseslint.config(
  {
    ignores: ["dist/", "cdktf.out/", "coverage/", "node_modules/", "*.js", "container/gcs-emulator/*.js"],
  },
  ...tseslint.configs.recommended,
  {
    files: ["**/*.ts"],
    rules: {
      "@typescript-eslint/consistent-type-imports": "off",
      "no-restricted-imports": ["error", { paths: providerIndexes }],
    },
  },
  {
    files: ["lib/**/*.cjs", "scripts/**/*.cjs", "__tests__/**/*.js"],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  {
    files: ["lib/**/*.ts"],
    ignores: ["lib/index.ts"],
    rules: { "no-restricted-imports": ["error", { paths: providerIndexes, patterns: [publicIndex] }] },
  },
  fence(
    "props",
    "lib/props says what a caller may give: it knows no place and no resource",
    room("cloud", "local", "verdict", "review", "wait", "cli"),
    ROOTS,
    "@cdktf/",
  ),
  fence(
    "checks",
    "lib/checks judges values: it knows no place, no resource and no other room",
    room("props", "images", "cloud", "local", "boot", "verdict", "review", "wait", "cli"),
    ROOTS,
    "@cdktf/",
  ),
  fence(
    "images",
    "lib/images knows neither place",
    room("props", "cloud", "local", "boot", "verdict", "review", "wait", "cli"),
    ROOTS,
    GOOGLE,
    LOCAL_DOCKER,
  ),
  fence(
    "cloud",
    "lib/cloud knows Google's resources and nothing of the local stack",
    room("local", "verdict", "review", "wait", "cli"),
    ROOTS,
    LOCAL_DOCKER,
  ),
  fence(
    "local",
    "lib/local knows Docker's resources and nothing of Google",
    room("cloud", "verdict", "review", "wait", "cli"),
    ROOTS,
    GOOGLE,
  ),
  fence(
    "terraform",
    "lib/terraform works around cdktf and knows nothing of this product",
    room("props", "images", "cloud", "local", "boot", "verdict", "review", "wait", "cli"),
    ROOTS,
    "@cdktf/",
  ),
  fence(
    "boot",
    "lib/boot knows nothing of Terraform",
    room("props", "checks", "images", "cloud", "local", "terraform", "verdict", "review", "wait", "cli"),
    ROOTS,
    TERRAFORM,
  ),
  fence("verdict", "lib/verdict is a program of its own", "\\.\\./", TERRAFORM),
  fence(
    "review",
    "lib/review reads what was synthesized: it knows the declaration, and nothing of how it came to be",
    ...REVIEW,
  ),
  ...REVIEW_ROOMS.map((name, index) =>
    fence(
      `review/${name}`,
      `the rooms of lib/review know those before them (${REVIEW_ROOMS.join(", ")}), the declaration, and nothing else`,
      ...REVIEW,
      ...(index + 1 < REVIEW_ROOMS.length ? [`\\.\\./(${REVIEW_ROOMS.slice(index + 1).join("|")})/`] : []),
    ),
  ),
  fence(
    "wait",
    "lib/wait asks what is deployed: it knows what the machine reports, and nothing of how it came to be",
    room("props", "checks", "images", "cloud", "local", "terraform", "verdict", "cli"),
    "\\.\\./boot/(?!paths$)",
    ROOTS,
    TERRAFORM,
  ),
  fence(
    "cli",
    "lib/cli is the command line of the other programs",
    room("props", "checks", "images", "cloud", "local", "boot", "terraform"),
    ROOTS,
    TERRAFORM,
  ),
);
