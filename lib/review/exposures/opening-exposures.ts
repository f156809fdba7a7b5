import { App } from "../apps/apps";
import { Exposure } from "./exposure";
import { isAnywhere } from "../apps/ipv4-ranges";
import { newOpenings, Opening, opensTcp } from "../apps/openings";

/** Google's Identity-Aware Proxy: https://cloud.google.com/iap/docs/using-tcp-forwarding */
export const IAP_RANGE = "35.235.240.0/20";

/** The ports of SSH and of Windows' remote desktop. */
const ADMIN_PORTS = [22, 3389];

/** What firewall rules let reach an app's VM that they did not before. */
export function openingExposures(before: App | undefined, after: App): Exposure[] {
  return newOpenings(before?.openings ?? [], after.openings).map((opening) => openingExposure(after.name, opening));
}

function openingExposure(app: string, opening: Opening): Exposure {
  const anywhere = isAnywhere(opening.sources);
  const admin = ADMIN_PORTS.some((port) => opensTcp(opening, port));
  const severity = anywhere && admin ? 3 : anywhere || admin ? 2 : 1;
  if (opening.sources.length === 1 && opening.sources[0] === IAP_RANGE) {
    const text = "the VM can be reached through Google's Identity-Aware Proxy";
    return { severity: 1, app, text, values: [trafficInWords(opening), opening.rule] };
  }
  const what = admin && opensTcp(opening, 22) ? "SSH is open to " : "the VM can be reached by ";
  return {
    severity,
    app,
    text: anywhere ? `${what}anybody on the internet` : `${what}those at more addresses`,
    values: [trafficInWords(opening), ...(anywhere ? [] : opening.sources), opening.rule],
  };
}

/** Traffic such as `TCP 80, 443`. */
export function trafficInWords({ protocol, ports }: Opening): string {
  const name = protocol === "all" ? "every protocol" : protocol.toUpperCase();
  return ports.length > 0 ? `${name} ${ports.join(", ")}` : protocol === "all" ? name : `${name}, all ports`;
}
