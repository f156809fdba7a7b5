const e2e = require("./jest.e2e.config");

/** What is measured on simulated VMs: only true on a machine that does nothing else. */
module.exports = {
  ...e2e,
  roots: ["<rootDir>/__tests__/e2e/bench"],
  testPathIgnorePatterns: ["/node_modules/"],
  maxWorkers: 1,
};
