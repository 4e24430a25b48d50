// Journeys that share a server and a browser.
import { after, afterEach, before, describe } from 'node:test';
import { Server } from './server.mjs';
import { assertCalm, launch, open } from './browser.mjs';

/** Tells what `who` does; `tell` takes the place where it happens, whose server runs while its tests do. When a test
 * is over, its pages are closed, and none may have complained of anything but what it was `expected` to. */
export function journeys(who, tell, flags = []) {
  describe(who, () => {
    const place = {
      pages: [],
      get url() { return this.server.url; },
      async page({ expected = [], ...options } = {}) {
        const page = await open(this.browser, options);
        this.pages.push([page, expected]);
        return page;
      },
    };
    before(async () => {
      place.server = await Server.start(flags);
      place.browser = await launch();
    });
    afterEach(async () => {
      const pages = place.pages.splice(0);
      for (const [page] of pages) await page.context().close();
      for (const [page, expected] of pages) assertCalm(page, expected);
    });
    after(async () => {
      await place.browser?.close();
      await place.server?.stop();
    });
    tell(place);
  });
}
