// The cases: what each does with the SDK, and what it expects to find afterwards. They run at
// once: no two of them look at the balance of one account.
"use strict";

const assert = require("node:assert/strict");
const crypto = require("node:crypto");
const { Constants, KeyStore, Primitives } = require("znn-ts-sdk/dist/index.node.js");
const { MNEMONIC, REFUSED, coins, holder } = require("./chain.cjs");
const { accelerator, htlc } = require("./contract.cjs");
const { BLOCK_TIME } = require("./network.cjs");

const { AccountBlockTemplate, Address, GetRequiredParam, Hash, TokenStandard } = Primitives;
const { qsrZts, znnZts } = Constants;

/** The pillar that every development network begins with, owned by account 0. */
const PILLAR = "devnet";
/** A month of staking: 259,200 slots. */
const STAKE_UNIT_SECONDS = Number(process.env.SDK_STAKE_UNIT ?? 259_200 * BLOCK_TIME);

/**
 * The SDK's packed code takes addresses, tokens and big numbers as text where it builds a call's data,
 * though its types say otherwise. This is a number of coins as such a text.
 */
function units(count) {
  return coins(count).toString();
}

/** Of texts with 17 to 32 bytes the SDK's encoder makes a word too many, so names here are shorter. */
const NAME = "Tests-token";

/** Asserts that a promise fails with a text. */
async function fails(promise, text) {
  const error = await promise.then(
    () => assert.fail(`expected "${text}", but it went well`),
    (error) => error,
  );
  assert.match(String(error.message ?? error), text);
}

/** A wallet that did not exist before. */
async function newWallet() {
  const store = await KeyStore.newRandom();
  assert.equal(store.mnemonic.split(" ").length, 24);
  const again = new KeyStore().fromMnemonic(store.mnemonic);
  assert.equal(again.entropy, store.entropy);
  return holder(store.getKeyPair(0));
}

/** Passes when both BigNumbers, or what becomes one, are equal. */
function equalAmounts(found, expected) {
  assert.equal(found.toString(), expected.toString());
}

const cases = {
  async "reads momentums, tokens, pillars and accounts"(chain) {
    const { ledger, embedded } = chain.zenon;
    const frontier = await ledger.getFrontierMomentum();
    assert.equal(frontier.chainIdentifier, 321);
    const byHash = await ledger.getMomentumByHash(frontier.hash);
    assert.deepEqual(byHash, frontier);
    const genesis = (await ledger.getMomentumsByHeight(1, 1)).list[0];
    assert.equal(genesis.height, 1);
    assert.ok(genesis.content.length > 10);
    const page = await ledger.getMomentumsByPage(0, 3);
    assert.ok(page.count >= frontier.height && page.list.length === Math.min(3, page.count));
    const before = await ledger.getMomentumBeforeTime(frontier.timestamp);
    assert.equal(before.height, frontier.height - 1);
    const detailed = await ledger.getDetailedMomentumsByHeight(1, 2);
    assert.equal(detailed.list.length, 2);
    assert.equal(detailed.list[0].blocks.length, genesis.content.length);

    const tokens = (await embedded.token.getAll()).list.map((token) => token.symbol);
    assert.ok(tokens.includes("ZNN") && tokens.includes("QSR"));
    const znn = await embedded.token.getByZts(znnZts);
    assert.equal(znn.decimals, 8);
    assert.equal(await embedded.token.getByZts(TokenStandard.parse("zts1hz3ys62vnc8tdajnwrz6pp")), null);

    const pillars = await embedded.pillar.getAll();
    assert.ok(pillars.list.some((pillar) => pillar.name === PILLAR));
    assert.equal((await embedded.pillar.getByName(PILLAR)).name, PILLAR);
    assert.equal(await embedded.pillar.getByName("nobody"), null);
    assert.equal((await embedded.sentinel.getAllActive()).list.length, (await embedded.sentinel.getAllActive()).count);

    const nobody = await newWallet();
    assert.equal(await ledger.getFrontierBlock(nobody.address), null);
    assert.equal((await ledger.getAccountInfoByAddress(nobody.address)).blockCount, 0);
    const owner = await chain.account(0);
    const blocks = await ledger.getBlocksByHeight(owner.address, 1, 10);
    assert.equal(blocks.list[0].blockType, 1);
    equalAmounts((await embedded.pillar.getByOwner(owner.address)).length, 1);
    const bridge = await embedded.bridge.getBridgeInfo();
    assert.equal(typeof bridge.halted, "boolean");
    assert.ok((await embedded.liquidity.getLiquidityInfo()).administratorPubKey !== null);
  },

  async "answers a missing method as such"(chain) {
    await fails(
      chain.zenon.embedded.plasma.getRequiredFusionAmount(21_000),
      /the method embedded\.plasma\.getRequiredFusionAmount does not exist\/is not available/,
    );
    await fails(chain.zenon.stats.getExtraData(), /the method stats\.extraData does not exist/);
    const error = await chain.rpc("ledger.nothing").catch((error) => error);
    assert.equal(error.code, -32601);
  },

  async "sends and receives"(chain) {
    const [from, to] = [await chain.account(1), await chain.account(2)];
    const { ledger } = chain.zenon;
    const [fromBefore, toBefore] = [await chain.balance(from, znnZts), await chain.balance(to, znnZts)];
    const amount = coins(25);
    const hash = await chain.send(from, AccountBlockTemplate.send(to.address, znnZts, amount));
    const sent = await chain.confirmed(hash);
    assert.equal(sent.hash.toString(), hash.toString());
    equalAmounts(sent.amount, amount);
    assert.equal(sent.token.symbol, "ZNN");
    assert.equal(sent.pairedAccountBlock, undefined);
    equalAmounts(await chain.balance(from, znnZts), fromBefore.sub(amount));

    const waiting = (await ledger.getUnreceivedBlocksByAddress(to.address)).list;
    assert.ok(waiting.some((block) => block.hash.toString() === hash.toString()));
    const receiveHash = await chain.send(to, AccountBlockTemplate.receive(hash));
    const unconfirmed = await ledger.getFrontierBlock(to.address);
    assert.equal(unconfirmed.hash.toString(), receiveHash.toString());
    const received = await chain.confirmed(receiveHash);
    assert.equal(received.fromBlockHash.toString(), hash.toString());
    assert.equal(received.pairedAccountBlock.hash.toString(), hash.toString());
    equalAmounts(await chain.balance(to, znnZts), toBefore.add(amount));
    await fails(
      chain.send(to, AccountBlockTemplate.receive(hash)),
      /from-block was already received|already been received|already received/,
    );
  },

  async "refuses what an account does not have"(chain) {
    const [from, to] = [await chain.account(1), await chain.account(2)];
    await fails(
      chain.send(from, AccountBlockTemplate.send(to.address, znnZts, coins(10_000_000))),
      /insufficient balance/,
    );
  },

  async "refuses call data that is not in its one form"(chain) {
    const account = await chain.account(1);
    // One word of padding too many: the contract packs the arguments anew, and the hash covers the data.
    const template = chain.zenon.embedded.pillar.delegate("a-name-of-24-characters0");
    await fails(chain.send(account, template), /account-block hash is different than the one computed/);
  },

  async "tells subscribers of momentums and blocks"(chain) {
    const { subscribe } = chain.zenon;
    const [from, to] = [await chain.account(5), await chain.account(4)];
    const seen = { momentums: [], all: [], account: [], unreceived: [] };
    const streams = {
      momentums: await subscribe.toMomentums(),
      all: await subscribe.toAllAccountBlocks(),
      account: await subscribe.toAccountBlocksByAddress(from.address),
      unreceived: await subscribe.toUnreceivedAccountBlocksByAddress(to.address),
    };
    for (const [name, stream] of Object.entries(streams)) {
      assert.match(stream.id, /^0x[0-9a-f]+$/);
      stream.onNotification((list) => seen[name].push(...list));
    }
    const hash = (
      await chain.send(from, AccountBlockTemplate.send(to.address, qsrZts, coins(3)))
    ).toString();
    await chain.until("each subscription tells of the block", () =>
      ["all", "account", "unreceived"].every((name) => seen[name].some((block) => block.hash === hash)),
    );
    const told = seen.unreceived.find((block) => block.hash === hash);
    assert.deepEqual(told, seen.account.find((block) => block.hash === hash));
    assert.equal(told.blockType, 2);
    assert.equal(told.address, from.address.toString());
    assert.equal(told.toAddress, to.address.toString());
    assert.ok(seen.account.every((block) => block.address === from.address.toString()));
    assert.ok(seen.unreceived.every((block) => block.toAddress === to.address.toString()));
    await chain.until("momentums are told of", () => seen.momentums.length >= 2);
    const heights = seen.momentums.map((momentum) => momentum.height);
    assert.ok(heights.every((height, i) => i === 0 || height === heights[i - 1] + 1), `${heights}`);
    assert.equal(await chain.rpc("ledger.unsubscribe", streams.all.id), true);
  },

  async "does proof of work for a new wallet"(chain) {
    const rich = await chain.account(5);
    const wallet = await newWallet();
    const amount = coins(10);
    await chain.send(rich, AccountBlockTemplate.send(wallet.address, znnZts, amount));
    const [waiting] = await chain.until("the coins wait for the new wallet", async () => {
      const { list } = await chain.zenon.ledger.getUnreceivedBlocksByAddress(wallet.address);
      return list.length > 0 ? list : null;
    });
    const needed = await chain.zenon.embedded.plasma.getRequiredPoWForAccountBlock(
      new GetRequiredParam(wallet.address, 3, wallet.address, Buffer.alloc(0)),
    );
    assert.deepEqual({ ...needed }, { availablePlasma: 0, basePlasma: 21_000, requiredDifficulty: 31_500_000 });
    const stages = [];
    const hash = await chain.send(wallet, AccountBlockTemplate.receive(waiting.hash), (stage) => stages.push(stage));
    assert.deepEqual(stages, [0, 1]);
    const block = await chain.confirmed(hash);
    assert.equal(block.height, 1);
    assert.equal(block.difficulty, 31_500_000);
    assert.equal(block.fusedPlasma, 0);
    assert.equal(block.usedPlasma, 21_000);
    equalAmounts(await chain.balance(wallet, znnZts), amount);
  },

  async "fuses plasma for a new wallet"(chain) {
    const { plasma } = chain.zenon.embedded;
    const rich = await chain.account(6);
    const wallet = await newWallet();
    assert.equal((await plasma.get(wallet.address)).maxPlasma, 0);
    const fused = await chain.call(rich, plasma.fuse(wallet.address, coins(50)));
    const info = await plasma.get(wallet.address);
    assert.equal(info.currentPlasma, 105_000);
    equalAmounts(info.qsrAmount, coins(50));
    const entries = await plasma.getEntriesByAddress(rich.address);
    const entry = entries.list.find((entry) => entry.id.toString() === fused.toString());
    assert.equal(entry.beneficiary.toString(), wallet.address.toString());

    await chain.send(rich, AccountBlockTemplate.send(wallet.address, qsrZts, coins(7)));
    assert.equal(await chain.receiveAll(wallet), 1);
    const block = await chain.confirmed((await chain.zenon.ledger.getFrontierBlock(wallet.address)).hash);
    assert.equal(block.difficulty, 0);
    assert.equal(block.fusedPlasma, 21_000);
    equalAmounts(await chain.balance(wallet, qsrZts), coins(7));
    // It takes ten hours of slots before fused QSR can be taken back.
    await chain.call(rich, plasma.cancel(fused), REFUSED);
  },

  async "issues, mints, burns and updates a token"(chain) {
    const { token } = chain.zenon.embedded;
    const owner = await chain.account(7);
    const issued = await chain.call(
      owner,
      token.issueToken(NAME, "TEST", "example.com", units(100), units(1_000), 8, true, true, false),
    );
    const mine = (await token.getByOwner(owner.address)).list.find((token) => token.symbol === "TEST");
    const zts = mine.tokenStandard.toString();
    assert.equal(mine.name, NAME);
    equalAmounts(mine.totalSupply, coins(100));
    equalAmounts(mine.maxSupply, coins(1_000));
    const id = crypto.createHash("sha3-256").update(issued.getBytes()).digest().subarray(0, 10);
    assert.equal(Buffer.compare(mine.tokenStandard.getBytes(), id), 0);
    assert.equal(await chain.receiveAll(owner), 1);
    equalAmounts(await chain.balance(owner, mine.tokenStandard), coins(100));

    await chain.call(owner, token.mint(zts, units(50), owner.address.toString()));
    assert.equal(await chain.receiveAll(owner), 1);
    equalAmounts(await chain.balance(owner, mine.tokenStandard), coins(150));

    await chain.call(owner, token.burnToken(mine.tokenStandard, coins(30)));
    equalAmounts(await chain.balance(owner, mine.tokenStandard), coins(120));
    equalAmounts((await token.getByZts(mine.tokenStandard)).totalSupply, coins(120));

    await chain.call(owner, token.mint(zts, units(5_000), owner.address.toString()), REFUSED);
    await chain.call(owner, token.updateToken(zts, owner.address.toString(), false, false));
    const closed = await token.getByZts(mine.tokenStandard);
    assert.deepEqual([closed.isMintable, closed.isBurnable], [false, false]);
  },

  async "stakes and delegates"(chain) {
    const { pillar, stake } = chain.zenon.embedded;
    const staker = await chain.account(8);
    const id = await chain.call(staker, stake.stake(2 * STAKE_UNIT_SECONDS, coins(100)));
    const entries = await stake.getEntriesByAddress(staker.address);
    equalAmounts(entries.totalAmount, coins(100));
    const [entry] = entries.list;
    assert.equal(entry.id.toString(), id.toString());
    assert.equal(entry.expirationTimestamp - entry.startTimestamp, 2 * STAKE_UNIT_SECONDS);
    assert.ok(entry.weightedAmount.gt(entry.amount));
    await chain.call(staker, stake.cancel(id), REFUSED);
    equalAmounts((await stake.getUncollectedReward(staker.address)).znnAmount, 0);

    assert.equal(await pillar.getDelegatedPillar(staker.address), null);
    await chain.call(staker, pillar.delegate(PILLAR));
    const delegation = await pillar.getDelegatedPillar(staker.address);
    assert.equal(delegation.name, PILLAR);
    assert.ok(delegation.isPillarActive());
    await chain.call(staker, pillar.delegate("nobody"), REFUSED);
    await chain.call(staker, pillar.undelegate());
    assert.equal(await pillar.getDelegatedPillar(staker.address), null);
  },

  async "registers a sentinel"(chain) {
    const { sentinel } = chain.zenon.embedded;
    const owner = await chain.account(9);
    assert.equal(await sentinel.getByOwner(owner.address), null);
    await depositQsr(chain, owner, sentinel, coins(50_000));
    await chain.call(owner, sentinel.register());
    const info = await sentinel.getByOwner(owner.address);
    assert.equal(info.owner.toString(), owner.address.toString());
    assert.equal(info.active, true);
    equalAmounts(await sentinel.getDepositedQsr(owner.address), 0);
    const all = await sentinel.getAllActive();
    assert.ok(all.list.some((one) => one.owner.toString() === owner.address.toString()));
    await chain.call(owner, sentinel.revoke(), REFUSED);
  },

  async "registers a pillar"(chain) {
    const { pillar } = chain.zenon.embedded;
    const owner = await chain.account(3);
    const name = "second-pillar";
    assert.equal(await pillar.checkNameAvailability(name), true);
    assert.equal(await pillar.checkNameAvailability(PILLAR), false);
    const cost = await pillar.getQsrRegistrationCost();
    await depositQsr(chain, owner, pillar, cost);
    const producer = await newWallet();
    const addresses = [producer.address.toString(), owner.address.toString()];
    await chain.call(owner, pillar.register(name, ...addresses, 10, 90));
    const info = await pillar.getByName(name);
    assert.equal(info.producerAddress.toString(), producer.address.toString());
    assert.deepEqual([info.giveMomentumRewardPercentage, info.giveDelegateRewardPercentage], [10, 90]);
    assert.equal(await pillar.checkNameAvailability(name), false);
    await chain.call(owner, pillar.updatePillar(name, ...addresses, 20, 80));
    assert.equal((await pillar.getByName(name)).giveMomentumRewardPercentage, 20);
    assert.ok((await pillar.getQsrRegistrationCost()) !== cost);
  },

  async "locks tokens in an htlc and unlocks them"(chain) {
    const [from, to] = [await chain.account(4), await chain.account(0)];
    const preimage = crypto.randomBytes(32);
    const lock = crypto.createHash("sha3-256").update(preimage).digest();
    const expiration = (await chain.zenon.ledger.getFrontierMomentum()).timestamp + 3600;
    const before = await chain.balance(from, znnZts);
    const id = await chain.call(from, htlc.create(to.address, expiration, lock, coins(12), znnZts));
    equalAmounts(await chain.balance(from, znnZts), before.sub(coins(12)));
    const info = await chain.rpc("embedded.htlc.getById", id.toString());
    assert.equal(info.timeLocked, from.address.toString());
    assert.equal(info.hashLocked, to.address.toString());
    assert.equal(info.amount, coins(12).toString());
    assert.equal(info.hashLock, lock.toString("base64"));

    await chain.call(from, htlc.reclaim(id), REFUSED);
    await chain.call(to, htlc.unlock(id, crypto.randomBytes(32)), REFUSED);
    const unlocked = await chain.call(to, htlc.unlock(id, preimage));
    await fails(chain.rpc("embedded.htlc.getById", id.toString()), /data non existent/);
    const send = await chain.until("the contract pays out", async () => {
      const call = await chain.rpc("ledger.getAccountBlockByHash", unlocked.toString());
      return call.pairedAccountBlock.descendantBlocks[0];
    });
    assert.equal(send.amount, coins(12).toString());
    const received = await chain.send(to, AccountBlockTemplate.receive(Hash.parse(send.hash)));
    equalAmounts((await chain.confirmed(received)).pairedAccountBlock.amount, coins(12));
  },

  async "creates an accelerator project and votes on it"(chain) {
    const [author, owner] = [await chain.account(5), await chain.account(0)];
    const project = accelerator.createProject(
      "Test project",
      "Something to vote on",
      "example.com",
      coins(1_000),
      coins(10_000),
      coins(1),
    );
    const id = (await chain.call(author, project)).toString();
    const { list } = await chain.rpc("embedded.accelerator.getAll", 0, 10);
    const mine = list.find((project) => project.id === id);
    assert.equal(mine.owner, author.address.toString());
    assert.equal(mine.znnFundsNeeded, coins(1_000).toString());
    assert.equal(mine.status, 0);
    await chain.call(owner, accelerator.voteByName(id, PILLAR, 0));
    const votes = await chain.rpc("embedded.accelerator.getVoteBreakdown", id);
    assert.deepEqual(votes, { id, total: 1, yes: 1, no: 0 });
    await chain.call(author, accelerator.voteByName(id, PILLAR, 0), REFUSED);
  },

  async "derives the accounts that the network funds"(chain) {
    const { ledger } = chain.zenon;
    assert.equal(new KeyStore().fromMnemonic(MNEMONIC).mnemonic, MNEMONIC);
    for (let index = 0; index < 10; index += 1) {
      const { address } = await chain.account(index);
      assert.equal(Address.parse(address.toString()).toString(), address.toString());
      const first = (await ledger.getBlocksByHeight(address, 1, 1)).list[0];
      assert.equal(first.blockType, 1);
    }
  },
};

/**
 * Deposits QSR for a registration. The SDK's `depositQsr` names ZNN as the token, which the contract
 * refuses, so the token of its template is corrected.
 */
async function depositQsr(chain, owner, contract, amount) {
  const before = await chain.balance(owner, qsrZts);
  const template = await contract.depositQsr(coins(0).add(amount));
  template.tokenStandard = qsrZts;
  await chain.call(owner, template);
  equalAmounts(await contract.getDepositedQsr(owner.address), amount);
  equalAmounts(await chain.balance(owner, qsrZts), before.sub(amount));
}

module.exports = { cases };
