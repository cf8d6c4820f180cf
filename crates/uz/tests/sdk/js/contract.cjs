// Calls of contracts that the SDK has no builders for: a selector, and arguments laid out as in Ethereum.
"use strict";

const { createHash } = require("node:crypto");
const { ethers } = require("ethers");
const { Primitives, Constants } = require("znn-ts-sdk/dist/index.node.js");

/** How the network's own types are laid out. */
const LAYOUT = { hash: "bytes32" };

/** The first 4 bytes of the signature's SHA3-256, then the arguments. */
function encode(method, types, values) {
  const signature = `${method}(${types.join(",")})`;
  const selector = createHash("sha3-256").update(signature).digest().subarray(0, 4);
  const layout = types.map((type) => LAYOUT[type] ?? type);
  return Buffer.concat([
    selector,
    Buffer.from(ethers.utils.defaultAbiCoder.encode(layout, values).slice(2), "hex"),
  ]);
}

/** An address as 20 bytes in hex, which is how arguments are given. */
function bytesOf(address) {
  return `0x${Buffer.from(address.getBytes()).toString("hex")}`;
}

function call(contract, data, amount = 0, token = Constants.znnZts) {
  const address = Primitives.Address.parse(contract);
  const number = ethers.BigNumber.from(amount.toString());
  return Primitives.AccountBlockTemplate.callContract(address, token, number, data);
}

const HTLC = "z1qxemdeddedxhtlcxxxxxxxxxxxxxxxxxygecvw";
const ACCELERATOR = "z1qxemdeddedxaccelerat0rxxxxxxxxxxp4tk22";

const htlc = {
  /** Locks tokens for `recipient` until it shows what hashes to `lock` (SHA3-256), or time runs out. */
  create: (recipient, expiration, lock, amount, token) =>
    call(
      HTLC,
      encode(
        "Create",
        ["address", "int64", "uint8", "uint8", "bytes"],
        [bytesOf(recipient), expiration, 0, 32, lock],
      ),
      amount,
      token,
    ),
  unlock: (id, preimage) => call(HTLC, encode("Unlock", ["hash", "bytes"], [`0x${id}`, preimage])),
  reclaim: (id) => call(HTLC, encode("Reclaim", ["hash"], [`0x${id}`])),
};

const accelerator = {
  /** Asks for funds; costs a fee in ZNN. */
  createProject: (name, description, url, znn, qsr, fee) =>
    call(
      ACCELERATOR,
      encode(
        "CreateProject",
        ["string", "string", "string", "uint256", "uint256"],
        [name, description, url, znn.toString(), qsr.toString()],
      ),
      fee,
    ),
  voteByName: (id, pillar, vote) =>
    call(
      ACCELERATOR,
      encode("VoteByName", ["hash", "string", "uint8"], [`0x${id}`, pillar, vote]),
    ),
};

module.exports = { accelerator, htlc };
