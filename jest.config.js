/** The unit tests: no Terraform, no Docker, no network. */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/__tests__"],
  testMatch: ["**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "<rootDir>/__tests__/e2e/"],
  transform: { "^.+\\.ts$": ["ts-jest", { isolatedModules: true }] },
  // Not in the temporary folder, of which each run has its own.
  cacheDirectory: "<rootDir>/node_modules/.cache/jest",
  globalSetup: "<rootDir>/__tests__/support/run/global-setup.ts",
  globalTeardown: "<rootDir>/__tests__/support/run/global-teardown.ts",
  moduleNameMapper: { "^gcs-backed-container-app$": "<rootDir>/lib" },
  // The tests run these as programs of their own, where jest does not see what is covered.
  collectCoverageFrom: ["lib/**/*.ts", "!lib/verdict/{main,local-app}.ts", "!lib/cli/main.ts"],
  // In per cent, a little below what it is.
  coverageThreshold: { global: { statements: 99, branches: 97, functions: 95.5, lines: 99 } },
};
