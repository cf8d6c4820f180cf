//! One target under libFuzzer, which follows coverage: the target's name is in the variable `FUZZ_TARGET`.
//!
//! Started by `./x fuzz`, which builds with the instrumentation that libFuzzer needs.

// The macro below exports the entry point that libFuzzer's main calls.
#![allow(unsafe_code)]
#![no_main]

use std::sync::LazyLock;

static RUN: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    match fuzz::target(&name) {
        Some(target) => target.run,
        None => panic!("no target \"{name}\" in FUZZ_TARGET"),
    }
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| RUN(data));
