const e2e = require("./jest.e2e.config");

/** HTTPS for long: renewals, replaced VMs, many updates under much load, and what breaks meanwhile. */
module.exports = {
  ...e2e,
  roots: ["<rootDir>/__tests__/e2e/https"],
  testPathIgnorePatterns: ["/node_modules/"],
  // What is measured here is not to wait for another suite.
  maxWorkers: 1,
};
