/** The unit tests: no Terraform, no Docker, no network. */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/__tests__"],
  testMatch: ["**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "<rootDir>/__tests__/e2e/"],
  transform: { "^.+\\.ts$": ["ts-jest", { isolatedModules: true }] },
  moduleNameMapper: { "^gcs-backed-container-app$": "<rootDir>/lib" },
  collectCoverageFrom: ["lib/**/*.ts"],
};
