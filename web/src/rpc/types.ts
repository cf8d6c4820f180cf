// The node's answers, as far as the pages read them. Amounts are texts of whole numbers.

export interface Paged<T> {
  count: number;
  list: T[] | null;
}

export interface Momentum {
  version: number;
  chainIdentifier: number;
  hash: string;
  previousHash: string;
  height: number;
  timestamp: number;
  data: string;
  content: { address: string; hash: string; height: number }[];
  changesHash: string;
  publicKey: string | null;
  signature: string | null;
  producer: string;
}

export interface Token {
  name: string;
  symbol: string;
  domain: string;
  totalSupply: string;
  decimals: number;
  owner: string;
  tokenStandard: string;
  maxSupply: string;
  isBurnable: boolean;
  isMintable: boolean;
  isUtility: boolean;
}

export interface PlainBlock {
  version: number;
  chainIdentifier: number;
  blockType: number;
  hash: string;
  previousHash: string;
  height: number;
  momentumAcknowledged: { hash: string; height: number };
  address: string;
  toAddress: string;
  amount: string;
  tokenStandard: string;
  fromBlockHash: string;
  descendantBlocks: PlainBlock[] | null;
  data: string | null;
  fusedPlasma: number | bigint;
  difficulty: number | bigint;
  nonce: string;
  basePlasma: number | bigint;
  usedPlasma: number | bigint;
  changesHash: string;
  publicKey: string | null;
  signature: string | null;
}

export interface Block extends PlainBlock {
  token: Token | null;
  confirmationDetail: {
    numConfirmations: number;
    momentumHeight: number;
    momentumHash: string;
    momentumTimestamp: number;
  } | null;
  pairedAccountBlock: Block | null;
}

export interface BlockList extends Paged<Block> {
  more: boolean;
}

export interface Detailed {
  momentum: Momentum;
  blocks: Block[];
}

export interface Account {
  address: string;
  accountHeight: number;
  balanceInfoMap: Record<string, { token: Token; balance: string }>;
}

export interface Pillar {
  name: string;
  rank: number;
  type: number;
  ownerAddress: string;
  producerAddress: string;
  withdrawAddress: string;
  isRevocable: boolean;
  revokeCooldown: number;
  revokeTimestamp: number;
  giveMomentumRewardPercentage: number;
  giveDelegateRewardPercentage: number;
  currentStats: { producedMomentums: number; expectedMomentums: number };
  weight: string;
}

export interface PillarEpoch {
  name: string;
  epoch: number;
  giveBlockRewardPercentage: number;
  giveDelegateRewardPercentage: number;
  producedBlockNum: number;
  expectedBlockNum: number;
  weight: string;
}

export interface Plasma {
  currentPlasma: number | bigint;
  maxPlasma: number | bigint;
  qsrAmount: string;
}

export interface Fusion {
  qsrAmount: string;
  beneficiary: string;
  expirationHeight: number;
  id: string;
}

export interface Stake {
  amount: string;
  weightedAmount: string;
  startTimestamp: number;
  expirationTimestamp: number;
  address: string;
  id: string;
}

export interface Sentinel {
  owner: string;
  registrationTimestamp: number;
  isRevocable: boolean;
  revokeCooldown: number;
  active: boolean;
}

export interface Reward {
  address: string;
  znnAmount: string;
  qsrAmount: string;
}

export interface EpochReward {
  epoch: number;
  znnAmount: string;
  qsrAmount: string;
}

export interface Votes {
  id: string;
  total: number;
  yes: number;
  no: number;
}

export interface Phase {
  phase: {
    id: string;
    projectID: string;
    name: string;
    description: string;
    url: string;
    znnFundsNeeded: string;
    qsrFundsNeeded: string;
    creationTimestamp: number;
    acceptedTimestamp: number;
    status: number;
  };
  votes: Votes;
}

export interface Project {
  id: string;
  owner: string;
  name: string;
  description: string;
  url: string;
  znnFundsNeeded: string;
  qsrFundsNeeded: string;
  creationTimestamp: number;
  lastUpdateTimestamp: number;
  status: number;
  phaseIds: string[];
  votes: Votes;
  phases: Phase[] | null;
}

export interface Spork {
  id: string;
  name: string;
  description: string;
  activated: boolean;
  enforcementHeight: number;
}

export interface Delegation {
  name: string;
  status: number;
  weight: string;
}

export interface BridgeInfo {
  administrator: string;
  compressedTssECDSAPubKey: string;
  decompressedTssECDSAPubKey: string;
  allowKeyGen: boolean;
  halted: boolean;
  unhaltedAt: number;
  unhaltDurationInMomentums: number;
  tssNonce: number | bigint;
  metadata: string;
}

export interface BridgeNetwork {
  networkClass: number;
  chainId: number;
  name: string;
  contractAddress: string;
  metadata: string;
  tokenPairs:
    | {
        tokenStandard: string;
        tokenAddress: string;
        bridgeable: boolean;
        redeemable: boolean;
        owned: boolean;
        minAmount: string;
        feePercentage: number;
        redeemDelay: number;
        metadata: string;
      }[]
    | null;
}

export interface Wrap {
  networkClass: number;
  chainId: number;
  id: string;
  toAddress: string;
  tokenStandard: string;
  tokenAddress: string;
  amount: string;
  fee: string;
  signature: string;
  creationMomentumHeight: number;
  token: Token | null;
  confirmationsToFinality: number;
}

export interface Unwrap {
  registrationMomentumHeight: number;
  networkClass: number;
  chainId: number;
  transactionHash: string;
  logIndex: number;
  toAddress: string;
  tokenAddress: string;
  tokenStandard: string;
  amount: string;
  signature: string;
  redeemed: number;
  revoked: number;
  token: Token | null;
  redeemableIn: number;
}

export interface LiquidityInfo {
  administrator: string;
  isHalted: boolean;
  znnReward: string;
  qsrReward: string;
  tokenTuples:
    | { tokenStandard: string; znnPercentage: number; qsrPercentage: number; minAmount: string }[]
    | null;
}

export interface LiquidityStake {
  amount: string;
  tokenStandard: string;
  weightedAmount: string;
  startTime: number;
  revokeTime: number;
  expirationTime: number;
  stakeAddress: string;
  id: string;
}

export interface Security {
  guardians: string[] | null;
  guardiansVotes: string[] | null;
  administratorDelay: number;
  softDelay: number;
}

export interface Htlc {
  id: string;
  timeLocked: string;
  hashLocked: string;
  tokenStandard: string;
  amount: string;
  expirationTime: number;
  hashType: number;
  keyMaxSize: number;
  hashLock: string;
}

export interface NetworkInfo {
  numPeers: number;
  peers: { publicKey: string; ip: string; name: string }[] | null;
  self: { publicKey: string; ip: string; name: string };
}

export interface SyncInfo {
  state: number;
  currentHeight: number;
  targetHeight: number;
}

/** Who knows whom, as far as the node knows. */
export interface Topology {
  self: string;
  nodes: { id: string; name?: string; address?: string; height?: number; client?: string }[];
  edges: { from: string; to: string }[];
}

export interface PeerList {
  count: number;
  list: Peer[];
}

/** A connection of the node. */
export interface Peer {
  id: string;
  name?: string;
  address?: string;
  height?: number;
  inbound?: boolean;
  relayed?: boolean;
  trusted?: boolean;
  transport?: string;
  since?: number;
  score?: number;
  rttMs?: number | null;
}

/** The node as its network sees it. */
export interface Standing {
  id: string;
  peerId: string;
  name: string;
  chainIdentifier: number;
  genesis: string;
  transport: string;
  endpoints: string[];
  reachable: boolean | null;
  peers: number;
  inbound: number;
  known: number;
  clockAheadMs: number | null;
}
