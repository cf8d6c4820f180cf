//! The bridge's settings, those of its signers, and what must hold before it acts.

use crate::abi::{Kind, Value};
use crate::contracts::guardians::{self, Administered};
use crate::contracts::{Args, Context, Record, Storage, load_record};
use crate::refusal::{Fault, Refusal};
use crate::rules::Rules;
use crate::types::{Address, Amount};

const INFO: [u8; 1] = [3];
const ORCHESTRATOR: [u8; 1] = [4];

/// Settings of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Who changes them; zero in an emergency.
    pub administrator: Address,
    /// The signers' common key, base64 of 33 bytes; empty until it is set.
    pub compressed_tss_key: Vec<u8>,
    /// The same key, base64 of 65 bytes.
    pub decompressed_tss_key: Vec<u8>,
    /// Whether the signers may set another key.
    pub allow_key_gen: bool,
    /// Whether the bridge stands still.
    pub halted: bool,
    /// Height of the last unhalt.
    pub unhalted_at: u64,
    /// Momentums that it stands still after an unhalt.
    pub unhalt_duration: u64,
    /// Counts the signers' messages, so that none is used twice.
    pub tss_nonce: u64,
    /// JSON for clients.
    pub metadata: Vec<u8>,
}

impl Record for Info {
    const KINDS: &'static [Kind] = &[
        Kind::Address,
        Kind::Text,
        Kind::Text,
        Kind::Bool,
        Kind::Bool,
        Kind::Uint(64),
        Kind::Uint(64),
        Kind::Uint(64),
        Kind::Text,
    ];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Address(self.administrator),
            Value::Text(self.compressed_tss_key.clone()),
            Value::Text(self.decompressed_tss_key.clone()),
            Value::Bool(self.allow_key_gen),
            Value::Bool(self.halted),
            Value::Uint(Amount::from(self.unhalted_at)),
            Value::Uint(Amount::from(self.unhalt_duration)),
            Value::Uint(Amount::from(self.tss_nonce)),
            Value::Text(self.metadata.clone()),
        ]
    }

    fn from_stored(_key: &[u8], fields: &Args) -> Info {
        Info {
            administrator: fields.address(0),
            compressed_tss_key: fields.text(1),
            decompressed_tss_key: fields.text(2),
            allow_key_gen: fields.bool(3),
            halted: fields.bool(4),
            unhalted_at: fields.uint(5),
            unhalt_duration: fields.uint(6),
            tss_nonce: fields.uint(7),
            metadata: fields.text(8),
        }
    }

    fn key(&self) -> Vec<u8> {
        INFO.to_vec()
    }
}

impl Administered for Info {
    const GUARDIANS_BEFORE_CALLER: bool = false;

    fn read(context: &Context<'_>) -> Result<Info, Refusal> {
        Ok(info(context, context.rules())?)
    }

    fn write(&self, context: &mut Context<'_>) {
        self.save(context);
    }

    fn administrator(&mut self) -> &mut Address {
        &mut self.administrator
    }

    fn stop(&mut self) {
        self.compressed_tss_key.clear();
        self.decompressed_tss_key.clear();
        self.halted = true;
    }
}

/// The settings; the network's until they are set.
pub fn info(storage: &impl Storage, rules: &Rules) -> Result<Info, Fault> {
    Ok(load_record(storage, &INFO)?.unwrap_or_else(|| Info {
        administrator: rules.initial_bridge_administrator,
        compressed_tss_key: Vec::new(),
        decompressed_tss_key: Vec::new(),
        allow_key_gen: false,
        halted: false,
        unhalted_at: 0,
        unhalt_duration: rules.min_unhalt_duration_momentums,
        tss_nonce: 0,
        metadata: b"{}".to_vec(),
    }))
}

/// Settings of the signers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orchestrator {
    /// Momentums in which one signing takes place.
    pub window_size: u64,
    /// Signers that must take part in making a key.
    pub key_gen_threshold: u32,
    /// Momentums before a request is signed.
    pub confirmations_to_finality: u32,
    /// Seconds in a momentum.
    pub estimated_momentum_time: u32,
    /// Height at which a new key was last allowed.
    pub allow_key_gen_height: u64,
}

impl Record for Orchestrator {
    const KINDS: &'static [Kind] =
        &[Kind::Uint(64), Kind::Uint(32), Kind::Uint(32), Kind::Uint(32), Kind::Uint(64)];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Uint(Amount::from(self.window_size)),
            Value::Uint(Amount::from(self.key_gen_threshold)),
            Value::Uint(Amount::from(self.confirmations_to_finality)),
            Value::Uint(Amount::from(self.estimated_momentum_time)),
            Value::Uint(Amount::from(self.allow_key_gen_height)),
        ]
    }

    fn from_stored(_key: &[u8], fields: &Args) -> Orchestrator {
        Orchestrator {
            window_size: fields.uint(0),
            key_gen_threshold: fields.uint32(1),
            confirmations_to_finality: fields.uint32(2),
            estimated_momentum_time: fields.uint32(3),
            allow_key_gen_height: fields.uint(4),
        }
    }

    fn key(&self) -> Vec<u8> {
        ORCHESTRATOR.to_vec()
    }
}

/// The signers' settings; zeros until they are set.
pub fn orchestrator(storage: &impl Storage) -> Result<Orchestrator, Fault> {
    Ok(load_record(storage, &ORCHESTRATOR)?.unwrap_or_default())
}

/// The signers' settings, if they are set.
pub(super) fn ready_orchestrator(context: &Context<'_>) -> Result<Orchestrator, Refusal> {
    let orchestrator = orchestrator(context)?;
    let missing = orchestrator.window_size == 0
        || orchestrator.key_gen_threshold == 0
        || orchestrator.confirmations_to_finality == 0
        || orchestrator.estimated_momentum_time == 0;
    if missing { Err(Refusal::OrchestratorNotInitialized) } else { Ok(orchestrator) }
}

/// The bridge stands still while it is halted and for some time after.
pub(super) fn check_moving(context: &Context<'_>, info: &Info) -> Result<(), Refusal> {
    let resumes = info.unhalted_at.wrapping_add(info.unhalt_duration);
    match info.halted || resumes >= context.height()? {
        true => Err(Refusal::BridgeHalted),
        false => Ok(()),
    }
}

/// The settings, if the bridge can act on requests.
pub(super) fn acting(context: &Context<'_>) -> Result<Info, Refusal> {
    let info = info(context, context.rules())?;
    if info.compressed_tss_key.is_empty() || info.administrator.is_zero() {
        return Err(Refusal::BridgeNotInitialized);
    }
    guardians::initialized(context)?;
    check_moving(context, &info)?;
    ready_orchestrator(context)?;
    Ok(info)
}
