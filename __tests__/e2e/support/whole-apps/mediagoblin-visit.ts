/** What two people leave on a MediaGoblin, and that it is all there: whichever host runs it. */
import { randomBytes } from "node:crypto";
import { Browser, chromium } from "playwright-core";
import { Account, drawPicture, MediaGoblinPages, Picture, sha256 } from "./mediagoblin-pages";

/** Where MediaGoblin runs. */
export interface MediaGoblinHost {
  readonly url: () => string;
  /** What the app has printed since it was started. */
  readonly log: () => Promise<string>;
  /** The objects of the bucket, each with the hash of its bytes. */
  readonly objects: () => Promise<Record<string, string>>;
}

const COMMENT = "What a colourful harbour!";
const MEDIA = "/mgoblin_media/";

export class MediaGoblinVisit {
  readonly admin: Account = { name: "admin", password: `of the "admin" ${randomBytes(9).toString("hex")}` };
  private readonly member: Account = { name: "gavroche", password: `of-a-member-${randomBytes(9).toString("hex")}` };
  private pictures: Picture[] = [];

  private constructor(
    private readonly browser: Browser,
    private readonly host: MediaGoblinHost,
  ) {}

  static async begin(host: MediaGoblinHost): Promise<MediaGoblinVisit> {
    const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
    const visit = new MediaGoblinVisit(browser, host);
    visit.pictures = [
      await drawPicture(browser, "harbour", { width: 1600, height: 1200, type: "jpeg" }),
      await drawPicture(browser, "meadow", { width: 1400, height: 900, type: "png" }),
    ];
    return visit;
  }

  end(): Promise<void> {
    return this.browser.close();
  }

  async adminIsLetIn(): Promise<void> {
    const pages = await this.logIn(this.admin);
    expect(await pages.isAdministrator()).toBe(true);
    await pages.close();
  }

  async memberRegisters(): Promise<void> {
    const pages = await MediaGoblinPages.register(this.browser, this.host.url(), this.member, this.host.log);
    await pages.close();
  }

  /** @returns the seconds that each upload took, until its page said so */
  async memberUploads(): Promise<number[]> {
    const pages = await this.logIn(this.member);
    expect(await pages.isAdministrator()).toBe(false);
    const seconds = [];
    for (const picture of this.pictures) {
      const start = Date.now();
      await pages.upload(picture);
      seconds.push((Date.now() - start) / 1000);
    }
    await pages.close();
    return seconds;
  }

  async adminComments(): Promise<void> {
    const pages = await this.logIn(this.admin);
    await pages.comment("harbour", COMMENT, this.member.name);
    await pages.close();
  }

  /** @param screenshot where people can look at what the browser has shown */
  async allIsThere(screenshot: string): Promise<void> {
    const objects = await this.host.objects();
    const pages = await this.logIn(this.member);
    const thumbnails = await pages.thumbnails();
    await pages.screenshot(screenshot);
    expect([...thumbnails.keys()].sort()).toEqual(["harbour", "meadow"]);
    for (const { title, file } of this.pictures) {
      const thumbnail = thumbnails.get(title)!;
      expect(Math.max(thumbnail.width, thumbnail.height)).toBe(180);
      const shown = await pages.picture(title);
      expect(Math.max(shown.width, shown.height)).toBe(640);
      for (const url of [thumbnail.src, shown.src, shown.original]) {
        const [, name] = new URL(url).pathname.split(MEDIA);
        expect({ name, sha256: await served(url) }).toEqual({ name, sha256: objects[name] });
      }
      expect(await served(shown.original)).toBe(sha256(file.buffer));
    }
    expect(await pages.comments("harbour")).toEqual([COMMENT]);
    expect(await pages.comments("meadow")).toEqual([]);
    await pages.close();
    // Each as it was uploaded, as its page shows it, and its thumbnail.
    expect(Object.keys(objects).filter((name) => !name.endsWith("/"))).toHaveLength(6);
  }

  private logIn(account: Account): Promise<MediaGoblinPages> {
    return MediaGoblinPages.logIn(this.browser, this.host.url(), account);
  }
}

async function served(url: string): Promise<string> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return sha256(Buffer.from(await response.arrayBuffer()));
}
