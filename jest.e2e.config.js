/** The end-to-end tests: the real Terraform, providers, Docker, systemd, cloud-init and gcsfuse. */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/__tests__/e2e"],
  testMatch: ["**/*.test.ts"],
  // Those have runs of their own: jest.apps.config.js, jest.https.config.js and jest.bench.config.js.
  testPathIgnorePatterns: [
    "/node_modules/",
    ...["whole-apps", "https", "bench"].map((folder) => `/__tests__/e2e/${folder}/`),
  ],
  transform: { "^.+\\.ts$": ["ts-jest", { isolatedModules: true }] },
  // The examples import the package.
  moduleNameMapper: { "^gcs-backed-container-app$": "<rootDir>/lib" },
  // Not in the temporary folder, of which each run has its own.
  cacheDirectory: "<rootDir>/node_modules/.cache/jest",
  globalSetup: "<rootDir>/__tests__/e2e/support/jest/global-setup.ts",
  globalTeardown: "<rootDir>/__tests__/e2e/support/jest/global-teardown.ts",
  reporters: ["default", "<rootDir>/__tests__/e2e/support/jest/suite-reporter.js"],
  testTimeout: 300000,
  // More than there may be processors: deployments and machines that boot wait as much as they work.
  maxWorkers: 3,
};
