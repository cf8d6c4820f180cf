//! The plasma contract: QSR fused for a beneficiary give it plasma until they are taken back.
//!
//! Sources: go-zenon `vm/embedded/{definition,implementation}/plasma.go`.

use super::{
    Args, Call, Context, Contract, Method, Record, SIMPLE, Send, Storage, WITHDRAW, load_record,
    no_amount,
};
use crate::abi::{Kind, Value, param};
use crate::refusal::{Fault, Refusal};
use crate::rules::Era;
use crate::types::{Address, Amount, COIN, Hash, TokenStandard, contract};

const FUSION: u8 = 1;
const FUSED: u8 = 2;

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "plasma",
    address: contract::PLASMA,
    since: Era::Origin,
    methods: &[
        Method::new("Fuse", &[param("address", Kind::Address)], SIMPLE, check_fuse, fuse),
        Method::new("CancelFuse", &[param("id", Kind::Hash)], WITHDRAW, no_amount, cancel),
    ],
};

/// One fusion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fusion {
    /// Who fused.
    pub owner: Address,
    /// Hash of the send block.
    pub id: Hash,
    /// Fused QSR.
    pub amount: Amount,
    /// Height from which it can be taken back.
    pub expiration_height: u64,
    /// Who gets the plasma.
    pub beneficiary: Address,
}

impl Record for Fusion {
    const KINDS: &'static [Kind] = &[Kind::Uint(256), Kind::Uint(64), Kind::Address];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Uint(self.amount),
            Value::Uint(Amount::from(self.expiration_height)),
            Value::Address(self.beneficiary),
        ]
    }

    fn from_stored(key: &[u8], fields: &Args) -> Fusion {
        Fusion {
            owner: key.get(1..21).and_then(Address::from_slice).unwrap_or_default(),
            id: key.get(21..).and_then(Hash::from_slice).unwrap_or_default(),
            amount: fields.amount(0),
            expiration_height: fields.uint(1),
            beneficiary: fields.address(2),
        }
    }

    fn key(&self) -> Vec<u8> {
        [&[FUSION], &self.owner.0[..], &self.id.0].concat()
    }
}

/// The QSR fused for one beneficiary, in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fused {
    /// Who gets the plasma.
    pub beneficiary: Address,
    /// Sum of the fusions.
    pub amount: Amount,
}

impl Record for Fused {
    const KINDS: &'static [Kind] = &[Kind::Uint(256)];

    fn to_values(&self) -> Vec<Value> {
        vec![Value::Uint(self.amount)]
    }

    fn from_stored(key: &[u8], fields: &Args) -> Fused {
        Fused {
            beneficiary: key.get(1..).and_then(Address::from_slice).unwrap_or_default(),
            amount: fields.amount(0),
        }
    }

    fn key(&self) -> Vec<u8> {
        [&[FUSED], &self.beneficiary.0[..]].concat()
    }
}

/// QSR fused for a beneficiary.
pub fn fused_amount(storage: &impl Storage, beneficiary: &Address) -> Result<Amount, Fault> {
    let key = [&[FUSED], &beneficiary.0[..]].concat();
    Ok(load_record::<Fused>(storage, &key)?.map_or(Amount::ZERO, |fused| fused.amount))
}

/// The fusions of an owner, in order of their ids.
pub fn fusions_of(storage: &impl Storage, owner: &Address) -> Result<Vec<Fusion>, Fault> {
    Fusion::list(storage, &[&[FUSION], &owner.0[..]].concat())
}

fn check_fuse(call: &Call<'_>) -> Result<(), Refusal> {
    let amount = call.send.amount;
    let fits = call.send.token_standard == TokenStandard::QSR
        && amount >= call.rules.fuse_min_amount
        && (amount % Amount::from(COIN)).is_zero();
    if fits { Ok(()) } else { Err(Refusal::InvalidTokenOrAmount) }
}

fn fuse(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let beneficiary = call.args.address(0);
    Fusion {
        owner: call.send.address,
        id: call.send.hash,
        amount: call.send.amount,
        expiration_height: context.height()? + context.rules().fuse_expiration,
        beneficiary,
    }
    .save(context);
    let amount = fused_amount(context, &beneficiary)?.wrapping_add(call.send.amount);
    Fused { beneficiary, amount }.save(context);
    Ok(Vec::new())
}

fn cancel(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let key = [&[FUSION], &call.send.address.0[..], &call.args.hash(0).0].concat();
    let fusion: Fusion = load_record(context, &key)?.ok_or(Refusal::DataNonExistent)?;
    if fusion.expiration_height > context.height()? {
        return Err(Refusal::RevokeNotDue);
    }
    let beneficiary = fusion.beneficiary;
    let rest = fused_amount(context, &beneficiary)?.wrapping_sub(fusion.amount);
    let fused = Fused { beneficiary, amount: rest };
    if rest.is_zero() {
        fused.delete(context);
    } else {
        fused.save(context);
    }
    fusion.delete(context);
    Ok(vec![Send::tokens(call.send.address, fusion.amount, TokenStandard::QSR)])
}
