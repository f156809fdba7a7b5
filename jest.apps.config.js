const e2e = require("./jest.e2e.config");

/** Whole apps of others, each with its database, its secrets and a browser: too long for every run. */
module.exports = {
  ...e2e,
  roots: ["<rootDir>/__tests__/e2e/whole-apps"],
  testPathIgnorePatterns: ["/node_modules/"],
  // Each builds an image and runs a VM: side by side they would wait for each other.
  maxWorkers: 1,
};
