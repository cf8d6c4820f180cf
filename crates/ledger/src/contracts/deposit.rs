//! QSR deposited with the pillar and sentinel contracts ahead of a registration.
//!
//! Sources: go-zenon `vm/embedded/{definition,implementation}/common.go`.

use super::{
    Args, Call, Context, Method, Record, SIMPLE, Send, Storage, WITHDRAW, load_record, no_amount,
};
use crate::abi::{Kind, Value};
use crate::refusal::{Fault, Refusal};
use crate::types::{Address, Amount, TokenStandard};

const DEPOSIT: u8 = 130;

/// `DepositQsr`
pub(super) const DEPOSIT_QSR: Method =
    Method::new("DepositQsr", &[], SIMPLE, check_deposit, deposit);

/// `WithdrawQsr`
pub(super) const WITHDRAW_QSR: Method =
    Method::new("WithdrawQsr", &[], WITHDRAW, no_amount, withdraw);

struct Deposit {
    address: Address,
    qsr: Amount,
}

impl Record for Deposit {
    const KINDS: &'static [Kind] = &[Kind::Uint(256)];

    fn to_values(&self) -> Vec<Value> {
        vec![Value::Uint(self.qsr)]
    }

    fn from_stored(key: &[u8], fields: &Args) -> Deposit {
        Deposit {
            address: key.get(1..).and_then(Address::from_slice).unwrap_or_default(),
            qsr: fields.amount(0),
        }
    }

    fn key(&self) -> Vec<u8> {
        [&[DEPOSIT], &self.address.0[..]].concat()
    }
}

/// QSR that `address` has deposited.
pub fn deposited(storage: &impl Storage, address: &Address) -> Result<Amount, Fault> {
    let key = [&[DEPOSIT], &address.0[..]].concat();
    Ok(load_record::<Deposit>(storage, &key)?.map_or(Amount::ZERO, |deposit| deposit.qsr))
}

/// Takes `cost` out of what `address` has deposited.
pub(super) fn consume(
    context: &mut Context<'_>,
    address: Address,
    cost: Amount,
) -> Result<(), Refusal> {
    let qsr =
        deposited(context, &address)?.checked_sub(cost).ok_or(Refusal::NotEnoughDepositedQsr)?;
    let rest = Deposit { address, qsr };
    if qsr.is_zero() {
        rest.delete(context);
    } else {
        rest.save(context);
    }
    Ok(())
}

fn check_deposit(call: &Call<'_>) -> Result<(), Refusal> {
    let fits = call.send.token_standard == TokenStandard::QSR && !call.send.amount.is_zero();
    if fits { Ok(()) } else { Err(Refusal::InvalidTokenOrAmount) }
}

fn deposit(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let address = call.send.address;
    let qsr = deposited(context, &address)?.wrapping_add(call.send.amount);
    Deposit { address, qsr }.save(context);
    Ok(Vec::new())
}

fn withdraw(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let address = call.send.address;
    let qsr = deposited(context, &address)?;
    if qsr.is_zero() {
        return Err(Refusal::NothingToWithdraw);
    }
    Deposit { address, qsr }.delete(context);
    Ok(vec![Send::tokens(address, qsr, TokenStandard::QSR)])
}
