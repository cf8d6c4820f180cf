// The network as this node sees it: how far it is, its peers, and who knows whom.

import { useAsked, useCall } from "../data";
import { grouped, percent } from "../format/amount";
import { plain, shortened } from "../format/text";
import { call } from "../rpc/client";
import type { NetworkInfo, Peer, PeerList, Standing, SyncInfo, Topology } from "../rpc/types";
import { Tag, Time } from "../view/basics";
import { Empty, Facts, Head, Section, Shown, Table } from "../view/layout";
import { Graph } from "../graph/view";

interface Peers {
  topology: Topology;
  list: Peer[];
}

/** The map and the peers: of nodes that know more than their own peers, of others those alone. */
async function peers(): Promise<Peers> {
  const known = call<NetworkInfo>("stats.networkInfo");
  const [info, topology, detailed] = await Promise.all([
    known,
    call<Topology>("network.topology").catch(() => null),
    call<PeerList>("network.peers").catch(() => null),
  ]);
  const own = { id: info.self.publicKey || "self", name: info.self.name, address: info.self.ip };
  const direct = (info.peers ?? []).map((peer) => ({ id: peer.publicKey, name: peer.name, address: peer.ip }));
  const list = detailed?.list ?? direct;
  if (topology !== null && Array.isArray(topology.nodes)) return { topology, list };
  const star = { self: own.id, nodes: [own, ...direct], edges: direct.map((peer) => ({ from: own.id, to: peer.id })) };
  return { topology: star, list };
}

interface Machine {
  os: string;
  platform: string;
  numCPU: number;
  memoryTotal: number;
  memoryFree: number;
}

export function NetworkPage() {
  const sync = useCall<SyncInfo>("stats.syncInfo", []);
  const known = useAsked("peers", peers);
  const own = useCall<Standing>("network.info", []);
  const machine = useCall<Machine>("stats.osInfo", [], "once");
  const version = useCall<{ version: string; commit: string }>("stats.processInfo", [], "once");
  return (
    <>
      <Head title="Network">
        <p>What this node knows of the network.</p>
      </Head>
      <Shown of={sync}>
        {(info) => (
          <Facts
            rows={[
              ["State", <SyncState info={info} />],
              ["Height here", grouped(info.currentHeight)],
              ["Height that peers tell", info.targetHeight === 0 ? "none told" : grouped(info.targetHeight)],
              ...(own.data ? standing(own.data) : []),
              ["Follows the rules of", version.data ? `znnd ${version.data.version}` : "–"],
              ["Machine", machine.data ? `${machine.data.platform || machine.data.os}, ${grouped(machine.data.numCPU)} processors` : "–"],
            ]}
          />
        )}
      </Shown>
      <Section title="Who knows whom">
        <Shown of={known}>{({ topology }) => <Graph topology={topology} />}</Shown>
      </Section>
      <Section title="Peers of this node">
        <Shown of={known}>
          {({ list }) => (list.length === 0 ? <Empty>This node has no peer. One that is a network by itself needs none.</Empty> : <PeerTable list={list} />)}
        </Shown>
      </Section>
    </>
  );
}

function PeerTable({ list }: { list: readonly Peer[] }) {
  return (
    <Table
      label="Peers"
      rows={list}
      id={(peer) => peer.id}
      columns={[
        { name: "Peer", cell: (peer) => <bdi class="foreign">{plain(peer.name || shortened(peer.id))}</bdi> },
        { name: "Address", cell: (peer) => <code class="break">{plain(peer.address ?? "–")}</code> },
        { name: "Height", number: true, cell: (peer) => (peer.height ? grouped(peer.height) : "–") },
        { name: "Way", cell: (peer) => wayOf(peer) },
        { name: "Ping", number: true, cell: (peer) => (typeof peer.rttMs === "number" ? `${grouped(peer.rttMs)} ms` : "–") },
        { name: "Score", number: true, cell: (peer) => (peer.score === undefined ? "–" : grouped(peer.score)) },
        { name: "Since", number: true, cell: (peer) => (peer.since ? <Time at={peer.since} /> : "–") },
      ]}
    />
  );
}

/** What others see of the node. */
function standing(own: Standing): [string, preact.ComponentChildren][] {
  const reached = own.reachable === null ? "not known yet" : own.reachable ? "yes" : "no: it only calls others";
  return [
    ["Name", <bdi class="foreign">{plain(own.name)}</bdi>],
    ["Chain", `${own.chainIdentifier}`],
    ["Genesis", <code>{own.genesis}</code>],
    ["Talks by", own.transport === "none" ? "nothing: it is a network by itself" : own.transport],
    ["Others reach it", own.transport === "none" ? "no" : reached],
    ...(own.endpoints.length === 0 ? [] : [["At", own.endpoints.map((endpoint) => <div key={endpoint}><code class="break">{plain(endpoint)}</code></div>)] as [string, preact.ComponentChildren]]),
    ["Nodes that it knows", grouped(own.known)],
    ["Clock", own.clockAheadMs === null ? "not compared yet" : `${grouped(own.clockAheadMs)} ms ahead`],
  ];
}

/** How a peer is connected: who called, by what, and whether through a third. */
function wayOf(peer: Peer): string {
  const words = [peer.transport ?? ""];
  if (peer.inbound !== undefined) words.push(peer.inbound ? "called us" : "was called");
  if (peer.relayed) words.push("relayed");
  if (peer.trusted) words.push("trusted");
  return words.filter((word) => word !== "").join(", ") || "–";
}

function SyncState({ info }: { info: SyncInfo }) {
  switch (info.state) {
    case 1:
      return <Tag sort="wait">syncing</Tag>;
    case 2:
      return <Tag sort="good">follows the network</Tag>;
    case 3:
      return <Tag sort="wait">not enough peers</Tag>;
    default:
      return <Tag sort="plain">alone</Tag>;
  }
}

/** A line about a node that is behind; nothing about one that is not. */
export function Syncing({ info }: { info: SyncInfo }) {
  if (info.state !== 1 || info.targetHeight <= info.currentHeight) return null;
  return (
    <p class="offline" role="status">
      The node is syncing: {grouped(info.currentHeight)} of {grouped(info.targetHeight)} momentums (
      {percent(info.currentHeight, info.targetHeight)}). What stands here is the past until it is done.
    </p>
  );
}
