// What the cases share: the SDK connected to the network, its accounts, and waiting by momentums.
"use strict";

const { ethers } = require("ethers");
const { KeyStore, Primitives, Zenon } = require("znn-ts-sdk/dist/index.node.js");

/** The words of the development network's accounts. */
const MNEMONIC = "test test test test test test test test test test test junk";
const CHAIN_IDENTIFIER = 321;

/** What a contract's receive block says of a call, in base64: 8 bytes, 1 or 2. */
const DONE = "AAAAAAAAAAE=";
const REFUSED = "AAAAAAAAAAI=";

/** Momentums after which something that should have happened will not happen. */
const PATIENCE = 30;

class Chain {
  /** Connects the SDK and starts to follow momentums. */
  static async connect(ws) {
    Zenon.setChainIdentifier(CHAIN_IDENTIFIER);
    const chain = new Chain();
    chain.zenon = Zenon.getSingleton();
    await chain.zenon.initialize(ws, false, 20_000);
    chain.keys = new KeyStore().fromMnemonic(MNEMONIC);
    chain.height = (await chain.zenon.ledger.getFrontierMomentum()).height;
    chain.waiting = [];
    chain.queues = new Map();
    const momentums = await chain.zenon.subscribe.toMomentums();
    momentums.onNotification((list) => {
      chain.height = list[list.length - 1].height;
      for (const wake of chain.waiting.splice(0)) wake();
    });
    // At genesis no spork holds yet, so some methods do not exist.
    await chain.until("there are momentums besides genesis", () => chain.height > 2);
    return chain;
  }

  /** The funded account with this index: `{ pair, address }`. */
  account(index) {
    return holder(this.keys.getKeyPair(index));
  }

  /** Any JSON-RPC method, through the SDK's connection. */
  rpc(method, ...params) {
    return this.zenon.wsClient.sendRequest(method, params);
  }

  /**
   * Completes, signs and publishes a block as the SDK does it; gives the block's hash. Blocks of one
   * account go out one after the other, as each names the last as its previous.
   */
  send(account, template, onWork) {
    const key = account.address.toString();
    const before = this.queues.get(key) ?? Promise.resolve();
    const sent = before.then(() => this.zenon.send(template, account.pair, onWork));
    this.queues.set(key, sent.catch(() => {}));
    return sent.then((block) => block.hash);
  }

  nextMomentum() {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Asks again after each momentum until the answer is truthy, and gives it. */
  async until(what, ask, momentums = PATIENCE) {
    const last = this.height + momentums;
    for (;;) {
      const next = this.nextMomentum();
      const answer = await ask();
      if (answer) return answer;
      if (this.height >= last) throw new Error(`not within ${momentums} momentums: ${what}`);
      await next;
    }
  }

  /** The block, once a momentum confirms it. */
  confirmed(hash) {
    return this.until(`${hash} is confirmed`, async () => {
      const block = await this.zenon.ledger.getBlockByHash(hash);
      return block?.confirmationDetail ? block : null;
    });
  }

  /** Sends a call to a contract and waits for its answer: DONE or REFUSED. Gives the call's hash. */
  async call(account, template, expected = DONE) {
    const hash = await this.send(account, await template);
    const answer = await this.until(`the contract answers ${hash}`, async () => {
      const block = await this.rpc("ledger.getAccountBlockByHash", hash.toString());
      return block?.pairedAccountBlock;
    });
    if (answer.data !== expected) throw new Error(`the contract answers ${answer.data} to ${hash}`);
    return hash;
  }

  /** Balance of a token in its smallest unit, as a BigNumber. */
  async balance(account, token) {
    const info = await this.zenon.ledger.getAccountInfoByAddress(account.address);
    return info.balanceInfoMap[token.toString()]?.balance ?? ethers.BigNumber.from(0);
  }

  /** Receives everything that waits for the account; gives how many blocks that were. */
  async receiveAll(account, least = 1) {
    const waiting = await this.until(`${least} blocks wait for ${account.address}`, async () => {
      const list = await this.zenon.ledger.getUnreceivedBlocksByAddress(account.address);
      return list.count >= least ? list.list : null;
    });
    for (const block of waiting) {
      await this.send(account, Primitives.AccountBlockTemplate.receive(block.hash));
    }
    return waiting.length;
  }
}

/** A key pair with its address at hand. */
async function holder(pair) {
  return { pair, address: await pair.getAddress() };
}

/** Coins of ZNN or QSR in smallest units. */
function coins(count) {
  return ethers.BigNumber.from(count).mul(100_000_000);
}

module.exports = { CHAIN_IDENTIFIER, Chain, DONE, MNEMONIC, REFUSED, coins, holder };
