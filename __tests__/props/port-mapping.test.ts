import { Protocol } from "../../lib";
import { publishedPorts } from "../../lib/props/port-mapping";

test("port 80 is published where nothing is said", () => {
  expect(publishedPorts()).toEqual([{ containerPort: 80, hostPort: 80, protocol: "tcp" }]);
});

test("no port is published where that is said", () => {
  expect(publishedPorts([])).toEqual([]);
});

test("the lowest and highest port, and 22 where it is not the VM's own", () => {
  const ports = [
    { containerPort: 1, hostPort: 65535 },
    { containerPort: 22, hostPort: 2222 },
    { containerPort: 22, protocol: Protocol.UDP },
  ];
  expect(publishedPorts(ports).map(({ hostPort }) => hostPort)).toEqual([65535, 2222, 22]);
});

test("one port for both protocols, and one container port twice", () => {
  const ports = [
    { containerPort: 53 },
    { containerPort: 53, protocol: Protocol.UDP },
    { containerPort: 53, hostPort: 5353 },
  ];
  expect(publishedPorts(ports)).toHaveLength(3);
});
