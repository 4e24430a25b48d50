// Journeys that share a server and a browser.
import { after, before, describe } from 'node:test';
import { Server } from './server.mjs';
import { launch, open } from './browser.mjs';

/** Tells what `who` does; `tell` takes the place where it happens, whose server runs while its tests do. */
export function journeys(who, tell, flags = []) {
  describe(who, () => {
    const place = {
      get url() { return this.server.url; },
      page(options) { return open(this.browser, options); },
    };
    before(async () => {
      place.server = await Server.start(flags);
      place.browser = await launch();
    });
    after(async () => {
      await place.browser?.close();
      await place.server?.stop();
    });
    tell(place);
  });
}
