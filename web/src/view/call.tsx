// A contract's call with its arguments.

import type { Argument, Call, Value } from "../abi/decode";
import { coins, grouped, whole } from "../format/amount";
import { hex } from "../format/bytes";
import { plain, QSR, ZERO_HASH, ZNN } from "../format/text";
import type { PlainBlock } from "../rpc/types";
import { AddressLink, Amount, Copy, PillarLink, Tag, TokenLink } from "./basics";
import { Facts } from "./layout";

/** The call, and what was sent along. */
export function CallView({ call, amount }: { call: Call; amount: PlainBlock }) {
  const { contract, method, args } = call;
  return (
    <>
      <Facts
        rows={[
          ["Contract", <AddressLink address={contract.address} />],
          [
            "Method",
            <code>
              {method.name}({method.params.map(([name, type]) => `${type} ${name}`).join(", ")})
            </code>,
          ],
          ["Sent along", whole(amount.amount) === 0n ? "nothing" : <Amount value={amount.amount} id={amount.tokenStandard} />],
          ...(args ?? []).map((argument): [string, preact.ComponentChildren] => [
            argument.name,
            <Argued call={call} argument={argument} />,
          ]),
        ]}
      />
      {args === null ? <p class="empty">The arguments do not fit the method.</p> : null}
    </>
  );
}

/** An argument, by what its name says beyond its type. */
function Argued({ call, argument }: { call: Call; argument: Argument }) {
  const { name, value } = argument;
  if (value.kind === "number") {
    if (/^znn|Znn/.test(name) && /amount|funds|reward/i.test(name)) return <Amount value={value.value} id={ZNN} />;
    if (/^qsr|Qsr/.test(name) && /amount|funds|reward/i.test(name)) return <Amount value={value.value} id={QSR} />;
    if (name === "totalSupply" || name === "maxSupply") {
      const decimals = call.args?.find((other) => other.name === "decimals")?.value;
      if (decimals?.kind === "number") {
        return (
          <>
            {coins(value.value, Number(decimals.value))} <span class="faint">({grouped(value.value)} units)</span>
          </>
        );
      }
    }
    if (name === "amount") {
      const token = call.args?.find((other) => other.value.kind === "token")?.value;
      if (token?.kind === "token") return <Amount value={value.value} id={token.value} />;
    }
  }
  if (value.kind === "text" && call.contract.name === "pillar" && name === "name") return <PillarLink name={value.value} />;
  return <Shown value={value} />;
}

function Shown({ value }: { value: Value }) {
  switch (value.kind) {
    case "number":
      return <>{grouped(value.value)}</>;
    case "truth":
      return <Tag sort="plain">{value.value ? "true" : "false"}</Tag>;
    case "address":
      return <AddressLink address={value.value} full />;
    case "token":
      return <TokenLink id={value.value} />;
    case "hash":
      return value.value === ZERO_HASH ? <code>zero</code> : <Coded text={value.value} what="hash" />;
    case "text":
      return value.value === "" ? <span class="faint">empty</span> : <bdi class="foreign">{plain(value.value)}</bdi>;
    case "bytes":
      return value.value.length === 0 ? <span class="faint">empty</span> : <Coded text={hex(value.value)} what="bytes" />;
    case "list":
      return value.value.length === 0 ? (
        <span class="faint">empty</span>
      ) : (
        <ol class="list">
          {value.value.map((element, at) => (
            <li key={at}>
              <Shown value={element} />
            </li>
          ))}
        </ol>
      );
  }
}

function Coded({ text, what }: { text: string; what: string }) {
  return (
    <span class="long">
      <code>{text}</code> <Copy text={text} what={what} />
    </span>
  );
}
