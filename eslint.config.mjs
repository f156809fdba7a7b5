import tseslint from "typescript-eslint";

export default tseslint.config(
  {
    ignores: [
      "dist/",
      "cdktf.out/",
      "coverage/",
      "node_modules/",
      "*.js",
      "container/gcs-emulator/*.js",
      "lib/scripts/*.js",
    ],
  },
  ...tseslint.configs.recommended,
  {
    files: ["**/*.ts"],
    rules: {
      "@typescript-eslint/consistent-type-imports": "off",
      "no-restricted-imports": [
        "error",
        {
          paths: [
            {
              name: "@cdktf/provider-google",
              message: "import @cdktf/provider-google/lib/RESOURCE: the index loads every resource",
            },
            {
              name: "@cdktf/provider-docker",
              message: "import @cdktf/provider-docker/lib/RESOURCE: the index loads every resource",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["lib/**/*.ts"],
    ignores: ["lib/index.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: [
            {
              name: "@cdktf/provider-google",
              message: "import @cdktf/provider-google/lib/RESOURCE: the index loads every resource",
            },
            {
              name: "@cdktf/provider-docker",
              message: "import @cdktf/provider-docker/lib/RESOURCE: the index loads every resource",
            },
          ],
          patterns: [
            { regex: "^\\.{1,2}(/\\.\\.)*(/index)?/?$", message: "import the file that has it, not lib/index.ts" },
          ],
        },
      ],
    },
  },
  {
    files: ["lib/boot/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["cdktf*", "constructs", "@cdktf/*"], message: "lib/boot knows nothing of Terraform" }] },
      ],
    },
  },
);
