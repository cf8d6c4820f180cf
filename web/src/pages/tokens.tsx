// Tokens: the list, and one.

import { useCall } from "../data";
import { coins, grouped } from "../format/amount";
import { plain, webAddress } from "../format/text";
import { isWhole } from "../abi/bech32";
import type { Paged, Token } from "../rpc/types";
import { AddressLink, Figure, TokenLink, YesNo } from "../view/basics";
import { Empty, Facts, Head, pageOf, Pager, Shown, Table } from "../view/layout";
import { Long } from "./momentum";

const SIZE = 25;

export function TokensPage({ query }: { query: URLSearchParams }) {
  const page = pageOf(query);
  const tokens = useCall<Paged<Token>>("embedded.token.getAll", [page, SIZE]);
  return (
    <>
      <Head title="Tokens">
        <p>All tokens of the network, by their ids.</p>
      </Head>
      <Shown of={tokens}>
        {({ count, list }) => (
          <>
            {(list ?? []).length === 0 ? (
              <Empty>There is no token on this page.</Empty>
            ) : (
              <Table
                label="Tokens"
                rows={list ?? []}
                id={(token) => token.tokenStandard}
                columns={[
                  { name: "Symbol", cell: (token) => <TokenLink id={token.tokenStandard} token={token} /> },
                  { name: "Name", cell: (token) => <bdi class="foreign">{plain(token.name)}</bdi> },
                  { name: "Id", cell: (token) => <code>{token.tokenStandard}</code> },
                  { name: "Owner", cell: (token) => <AddressLink address={token.owner} /> },
                  { name: "Supply", number: true, cell: (token) => <Figure text={coins(token.totalSupply, token.decimals)} /> },
                ]}
              />
            )}
            <Pager page={page} size={SIZE} count={count} />
          </>
        )}
      </Shown>
    </>
  );
}

export function TokenPage({ id }: { id: string }) {
  const valid = isWhole("zts", id);
  const token = useCall<Token | null>("embedded.token.getByZts", valid ? [id] : null);
  return (
    <>
      <Head kind="Token" title={token.data ? <bdi>{plain(`${token.data.name} (${token.data.symbol})`)}</bdi> : plain(id)} />
      {valid ? null : <Empty>This is no token id: its checksum does not fit.</Empty>}
      {!valid ? null : (
        <Shown of={token} missing="No token has this id.">
          {(known) => (
            <Facts
              rows={[
                ["Id", <Long text={known.tokenStandard} what="token id" />],
                ["Symbol", <bdi class="foreign">{plain(known.symbol)}</bdi>],
                ["Domain", <Site text={known.domain} />],
                ["Owner", <AddressLink address={known.owner} full />],
                ["Decimals", grouped(known.decimals)],
                ["Supply", <Exact value={known.totalSupply} token={known} />],
                ["Largest supply", <Exact value={known.maxSupply} token={known} />],
                ["Can be minted", <YesNo is={known.isMintable} />],
                ["Can be burned", <YesNo is={known.isBurnable} />],
                ["Utility token", <YesNo is={known.isUtility} />],
              ]}
            />
          )}
        </Shown>
      )}
    </>
  );
}

function Exact({ value, token }: { value: string; token: Token }) {
  return (
    <>
      <Figure text={coins(value, token.decimals)} /> <span class="faint">({grouped(value)} smallest units)</span>
    </>
  );
}

/** A site that somebody named: a link only if it is one of the web, and never followed with where it was found. */
export function Site({ text }: { text: string }) {
  const address = webAddress(text) ?? webAddress(/^[a-z0-9.-]+\.[a-z]{2,}$/i.test(text) ? `https://${text}` : "");
  if (text === "") return <span class="faint">none</span>;
  if (address === null) return <bdi class="foreign">{plain(text)}</bdi>;
  return (
    <a class="foreign" href={address} rel="noopener noreferrer nofollow external" target="_blank">
      <bdi>{plain(text)}</bdi>
      <span class="hidden"> (another site, in a new tab)</span>
    </a>
  );
}
