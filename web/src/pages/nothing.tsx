// A path that no page has.

import { plain } from "../format/text";
import { to } from "../router";
import { Head } from "../view/layout";

export function NothingPage({ path }: { path: string }) {
  return (
    <>
      <Head kind="Not found" title="There is no such page" />
      <p class="wrap">
        Nothing is at <code>{plain(path)}</code>. Search for a height, hash, address, token or pillar, or go to the{" "}
        <a href={to()}>overview</a>.
      </p>
    </>
  );
}
